-- Terms on which another supplier sells an item to a supplier-fed pair than the one that its lead time
-- names, in the currency of the item, with the days and the share in which that supplier delivers.
SELECT t.sku, t.location, t.supplier, s.unit_price AS supplier_price,
    s.minimum_order_quantity, s.order_multiple, s.valid_from, s.valid_to, v.minimum_order_value,
    v.order_weekdays AS supplier_weekdays,
    t.lead_time_mean, t.lead_time_sd, y.yield_mean, y.yield_sd
FROM supply.other_lead_times t
JOIN known_item_suppliers s ON s.sku = t.sku AND s.supplier = t.supplier
JOIN known_products p ON p.sku = t.sku AND p.currency = s.currency
LEFT JOIN known_suppliers v ON v.supplier = t.supplier
LEFT JOIN supply.supplier_yields y ON y.supplier = t.supplier AND y.business_date = t.business_date
WHERE t.business_date = getvariable('business_date')
ORDER BY t.sku, t.location, t.supplier
