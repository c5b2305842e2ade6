-- Entries of the price list in the currency of their item: there are no exchange rates.
SELECT x.* FROM known_prices x JOIN known_products p USING (sku)
WHERE coalesce(x.currency, p.currency) = p.currency
