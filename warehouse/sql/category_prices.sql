-- What the items of each category sold for from first_day to last_day, against list price and cost.
SELECT p.category, sum(h.own_sales)::BIGINT AS units, exact_sum(h.net_value) AS net_value,
    exact_sum(h.list_value) AS list_value, exact_sum(h.own_sales * p.unit_cost) AS cost_value
FROM inventory.demand_history h JOIN known_products p USING (sku)
WHERE h.business_date BETWEEN getvariable('first_day') AND getvariable('last_day')
    -- What has no list price says nothing about shares of it.
    AND h.own_sales > 0 AND h.list_value > 0
GROUP BY ALL ORDER BY ALL
