-- Terms of suppliers in another currency than the item's: no amount of theirs can be weighed.
SELECT s.sku, s.supplier, s.unit_price, s.currency, p.currency AS item_currency
FROM known_item_suppliers s JOIN known_products p USING (sku)
WHERE s.currency <> p.currency
ORDER BY s.sku, s.supplier
