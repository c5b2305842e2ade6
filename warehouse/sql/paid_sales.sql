-- What customers paid from first_day to last_day, by day, of the skus of `sku_range`, whose ends may be
-- missing. What they took in place of an item is paid for neither.
SELECT h.sku, h.location, h.business_date AS date, sum(h.own_sales)::BIGINT AS units,
    exact_sum(h.net_value) AS net_value
FROM inventory.demand_history h
JOIN sku_range r ON h.sku >= coalesce(r.first_sku, h.sku) AND h.sku <= coalesce(r.last_sku, h.sku)
WHERE h.business_date BETWEEN getvariable('first_day') AND getvariable('last_day')
    AND h.own_sales > 0
GROUP BY ALL
