-- Item-locations with stock on record that are replenished, with what a unit is worth there and what is
-- known of the record: when it was counted last, whether its stock is suspected to be there on paper only
-- (`record_doubts`; a record that could not be read is sent again), and how often items of the location
-- are counted as it is. Not those that were asked for since `asked_since` and are not counted yet.
WITH counted AS (
    SELECT sku, location, max(timestamp)::DATE AS day FROM known_stock_counts GROUP BY ALL
),
held AS (
    SELECT location, count(*) AS items FROM inventory.position
    WHERE business_date = getvariable('business_date') AND available > 0 GROUP BY location
),
began AS (SELECT min(business_date) AS day FROM inventory.demand_history),
often AS (
    SELECT location, count(*) AS counts,
        any_value(least(getvariable('business_date') - b.day + 1, 364)) AS days
    FROM known_stock_counts CROSS JOIN began b
    WHERE timestamp::DATE > getvariable('business_date') - 364 GROUP BY location
),
ahead AS (
    SELECT sku, location, avg(mean) AS a_day FROM demand.forecast
    WHERE business_date = getvariable('business_date') AND date <= getvariable('business_date') + 7
    GROUP BY ALL
),
asked AS (
    SELECT sku, destination AS location, max(business_date) AS day FROM standing_lines
    WHERE kind = 'stock_count' AND business_date >= getvariable('asked_since')
        AND business_date < getvariable('business_date')
    GROUP BY ALL
)
SELECT x.sku, x.location, x.region, x.on_hand, x.available, t.inventory_position,
    greatest(getvariable('business_date') - coalesce(k.day, greatest(b.day, p.launch_date)), 0)::BIGINT
        AS days_uncounted,
    CASE WHEN d.suspected THEN 1 - d.doubt ELSE 1 END::DOUBLE AS record_chance,
    EXISTS (FROM items_not_found n WHERE n.sku = x.sku AND n.location = x.location) AS not_found, l.review_days,
    coalesce(a.a_day, 0)::DOUBLE AS daily_demand,
    coalesce(o.counts / (o.days * h.items), 0)::DOUBLE AS count_rate,
    t.open_demand_mean, t.open_demand_sd ** 2 AS open_demand_variance, t.sold_before,
    t.underage_cost, t.overage_cost, t.surplus_step, t.surplus_most, t.value_level
FROM inventory.position x
JOIN plans.planning_pairs l ON l.business_date = x.business_date AND l.sku = x.sku
    AND l.location = x.location
JOIN plans.targets t ON t.business_date = x.business_date AND t.sku = x.sku
    AND t.location = x.location AND NOT t.echelon
JOIN known_products p ON p.sku = x.sku
JOIN held h ON h.location = x.location
LEFT JOIN ahead a ON a.sku = x.sku AND a.location = x.location
LEFT JOIN counted k ON k.sku = x.sku AND k.location = x.location
LEFT JOIN often o ON o.location = x.location
LEFT JOIN asked q ON q.sku = x.sku AND q.location = x.location
CROSS JOIN began b
LEFT JOIN record_doubts d ON d.sku = x.sku AND d.location = x.location
WHERE x.business_date = getvariable('business_date') AND x.available > 0 AND l.status = 'active'
    AND l.review_days IS NOT NULL AND t.inventory_position IS NOT NULL
    AND (q.day IS NULL OR k.day > q.day)
ORDER BY x.sku, x.location
