-- Item-locations with stock at locations that an online channel sells from, by channel, with what a
-- unit is worth there and what is sold at the shelf itself. What age and books make a record wrong by
-- is in what counts found; the doubt (`record_doubts`) counts where the record itself is faulty.
WITH sold AS (
    SELECT location, channel, sum(sales) AS units FROM inventory.demand_history
    WHERE business_date BETWEEN getvariable('first_day') AND getvariable('business_date') AND sales > 0
    GROUP BY ALL
),
channels AS (
    SELECT location, channel FROM sold WHERE channel <> 'store'
    UNION
    SELECT location, channel FROM known_online_orders
    WHERE location IS NOT NULL AND created >= getvariable('first_day')
),
shelves AS (
    SELECT location, coalesce(sum(units) FILTER (channel = 'store'), 0) / sum(units) AS share
    FROM sold GROUP BY ALL
),
ahead AS (
    SELECT sku, location, avg(mean) AS a_day FROM demand.forecast
    WHERE business_date = getvariable('business_date') AND date <= getvariable('business_date') + 7
    GROUP BY ALL
),
counted AS (
    SELECT sku, location, max(timestamp)::DATE AS day FROM known_stock_counts GROUP BY ALL
),
began AS (SELECT min(business_date) AS day FROM inventory.demand_history)
SELECT x.sku, x.location, c.channel, x.region, x.available, t.inventory_position,
    greatest(getvariable('business_date') - coalesce(k.day, greatest(b.day, p.launch_date)), 0)::BIGINT
        AS days_uncounted,
    CASE WHEN d.faulty THEN 1 - d.doubt ELSE 1 END::DOUBLE AS record_chance,
    EXISTS (FROM items_not_found n WHERE n.sku = x.sku AND n.location = x.location) AS not_found,
    coalesce(a.a_day * h.share, 0)::DOUBLE AS shelf_demand, v.sale_margin,
    t.open_demand_mean, t.open_demand_sd ** 2 AS open_demand_variance, t.sold_before,
    t.underage_cost, t.overage_cost, t.surplus_step, t.surplus_most, t.value_level
FROM inventory.position x
JOIN channels c ON c.location = x.location
JOIN plans.targets t ON t.business_date = x.business_date AND t.sku = x.sku
    AND t.location = x.location AND NOT t.echelon
JOIN plans.sale_values v ON v.business_date = x.business_date AND v.sku = x.sku
    AND v.location = x.location
LEFT JOIN shelves h ON h.location = x.location
LEFT JOIN ahead a ON a.sku = x.sku AND a.location = x.location
JOIN known_products p ON p.sku = x.sku
LEFT JOIN counted k ON k.sku = x.sku AND k.location = x.location
CROSS JOIN began b
LEFT JOIN record_doubts d ON d.sku = x.sku AND d.location = x.location
WHERE x.business_date = getvariable('business_date') AND x.available > 0
    AND t.inventory_position IS NOT NULL AND v.sale_margin IS NOT NULL
ORDER BY x.sku, x.location, c.channel
