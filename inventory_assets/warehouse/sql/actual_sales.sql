-- What each replenished pair sold on the business date, at locations that traded.
SELECT i.sku, i.location, p.category, coalesce(sum(h.sales), 0)::BIGINT AS sales,
    coalesce(bool_or(h.out_of_stock), false) AS out_of_stock
FROM known_item_locations i
JOIN known_products p USING (sku)
JOIN inventory.trading_days t ON t.location = i.location
    AND t.business_date = getvariable('business_date') AND t.status = 'open'
LEFT JOIN inventory.demand_history h ON h.sku = i.sku AND h.location = i.location
    AND h.business_date = getvariable('business_date')
WHERE i.status = 'active'
GROUP BY ALL ORDER BY i.sku, i.location
