-- Stock against target by region and department: pairs that a DC feeds; units of every node.
WITH rate AS (
    SELECT sku, location, exact_sum(mean) / count(mean) AS daily FROM demand.forecast
    WHERE business_date = getvariable('business_date') GROUP BY ALL
)
SELECT x.region, p.department,
    count(*) FILTER (NOT t.echelon) AS pairs,
    count(*) FILTER (x.available IS NULL AND NOT t.echelon) AS unknown,
    count(*) FILTER (x.available = 0 AND NOT t.echelon) AS out_of_stock,
    count(*) FILTER (x.available + x.in_transit + x.on_order + x.proposed_inbound < t.order_up_to
        AND NOT t.echelon) AS below_target,
    count(*) FILTER (x.available > 2 * t.order_up_to AND NOT t.echelon) AS above_target,
    coalesce(sum(x.on_hand), 0)::BIGINT AS units,
    round(coalesce(sum(x.on_hand * p.unit_cost), 0), 2) AS stock_value,
    round(sum(x.on_hand) / nullif(sum(r.daily), 0), 1) AS days_of_cover
FROM plans.targets t
JOIN inventory.position x ON x.sku = t.sku AND x.location = t.location
    AND x.business_date = t.business_date
JOIN known_products p ON p.sku = t.sku
LEFT JOIN rate r ON r.sku = t.sku AND r.location = t.location
WHERE t.business_date = getvariable('business_date') AND t.binding <> 'not_replenished'
GROUP BY ALL ORDER BY ALL
