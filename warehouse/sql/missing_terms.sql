-- Supplier-fed nodes below their level of which no terms can be ordered by, and why.
SELECT t.sku, t.location, l.supplier,
    CASE WHEN s.sku IS NULL THEN 'terms_missing' ELSE 'terms_in_other_currency' END AS reason
FROM plans.targets t
JOIN supply.lead_times l ON l.sku = t.sku AND l.location = t.location
    AND l.business_date = t.business_date AND l.supplier IS NOT NULL
JOIN known_products p ON p.sku = t.sku
LEFT JOIN known_item_suppliers s ON s.sku = t.sku AND s.supplier = l.supplier
WHERE t.business_date = getvariable('business_date') AND t.inventory_position < t.order_up_to
    AND (s.sku IS NULL OR s.currency <> p.currency)
ORDER BY t.sku, t.location
