-- Terms on which each supplier-fed pair is bought: those of the supplier that its lead time names,
-- in the currency of the item.
SELECT t.sku, t.location, s.supplier, s.unit_price AS supplier_price,
    s.minimum_order_quantity, s.order_multiple, s.valid_from, s.valid_to, v.minimum_order_value,
    v.order_weekdays AS supplier_weekdays
FROM supply.lead_times t JOIN known_item_suppliers s ON s.sku = t.sku AND s.supplier = t.supplier
JOIN known_products p ON p.sku = t.sku AND p.currency = s.currency
LEFT JOIN known_suppliers v ON v.supplier = s.supplier
WHERE t.business_date = getvariable('business_date')
ORDER BY t.sku, t.location
