-- Counts of the window with what the record stated when they were taken: what was counted, less the
-- corrections that the count caused, the days since the count before, and whether the node looked for
-- the item in vain since it had counted it or got units last. `reasons` has the patterns of the reasons of these. A retailer of
-- whom no correction has such a reason does not say how far his records were off.
WITH began AS (SELECT min(business_date) AS first FROM inventory.demand_history),
corrected AS (
    SELECT a.sku, a.location, a.timestamp::DATE AS day, sum(a.quantity)::BIGINT AS units
    FROM known_adjustments a
    WHERE a.timestamp >= getvariable('first_day')
        AND EXISTS (SELECT 1 FROM reasons r WHERE lower(a.reason) GLOB lower(r.pattern))
    GROUP BY ALL
),
-- A day on which a pair is counted twice does not say which count its correction is of.
once AS (
    SELECT sku, location, timestamp::DATE AS day, min(count_id) AS count_id, min(counted) AS counted,
        min(timestamp) AS moment
    FROM known_stock_counts WHERE timestamp >= getvariable('first_day')
    GROUP BY sku, location, day HAVING count(*) = 1
),
in_vain AS (
    SELECT sku, location, refused_at FROM known_node_refusals WHERE reason = 'not_found'
),
sighted_after AS (
    SELECT n.sku, n.location, min(s.moment) AS moment
    FROM in_vain n JOIN sightings s ON s.sku = n.sku AND s.location = n.location
        AND s.moment > n.refused_at
    GROUP BY n.sku, n.location, n.refused_at
)
SELECT o.count_id, o.sku, o.location, l.region, o.day AS counted_on, (o.counted - coalesce(c.units, 0))::BIGINT AS recorded, o.counted,
    greatest(o.day - coalesce(lag(o.day) OVER (PARTITION BY o.sku, o.location ORDER BY o.day),
        greatest(b.first, p.launch_date, getvariable('first_day'))), 0)::BIGINT AS days,
    EXISTS (FROM sighted_after v WHERE v.sku = o.sku AND v.location = o.location
        AND v.moment = o.moment) AS not_found
FROM once o CROSS JOIN began b JOIN known_products p ON p.sku = o.sku
JOIN known_locations l ON l.location = o.location
LEFT JOIN corrected c ON c.sku = o.sku AND c.location = o.location AND c.day = o.day
WHERE EXISTS (SELECT 1 FROM corrected) AND b.first IS NOT NULL
ORDER BY o.count_id
