-- Entries of the price list in the currency of their item.
SELECT sku, location, valid_from, valid_to, price, currency FROM prices_in_own_currency
ORDER BY sku, location, valid_from
