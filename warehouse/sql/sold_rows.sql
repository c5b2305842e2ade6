-- Size of each item's sales history, and how much of it came back; neighbours share a category.
SELECT p.category, p.sku, count(*) FILTER (h.sales > 0) AS lines,
    coalesce(sum(h.returned), 0)::BIGINT AS returned
FROM known_products p
LEFT JOIN inventory.demand_history h ON h.sku = p.sku
    AND h.business_date BETWEEN getvariable('first_day') AND getvariable('last_day')
GROUP BY ALL ORDER BY p.category, p.sku
