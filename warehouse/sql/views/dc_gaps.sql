-- DCs that have nothing for the places they feed, now or soon, until when, and what these lose by it.
SELECT g.sku, g.supply_location AS location, g.empty_on, g.goods_on, g.goods_units, g.goods_share,
    -- Without goods the gap of every place ends with those of the DC's next order.
    coalesce(g.goods_on, max(g.there_on)) AS ends_on,
    exact_sum(g.lost_margin) AS lost_margin,
    CASE WHEN any_value(p.available) = 0 THEN 'empty' ELSE 'about_to_be_empty' END AS state
FROM plans.supply_gaps g
JOIN plans.planning_pairs p ON p.sku = g.sku AND p.location = g.supply_location
    AND p.business_date = g.business_date
WHERE g.business_date = getvariable('business_date')
GROUP BY g.sku, g.supply_location, g.empty_on, g.goods_on, g.goods_units, g.goods_share
