-- Item-locations of nodes whose stock or sales have not come, of those to which no lane leads, of those in
-- `off` that hardly sell, and those whose price or master says what cannot be true.
WITH ahead AS (
    SELECT sku, location, mean FROM demand.forecast
    WHERE business_date = getvariable('business_date') AND date = getvariable('business_date') + 1
),
-- A day of what is expected to sell there, at the margin of a sale.
a_day AS (
    SELECT p.* EXCLUDE kind, a.mean AS units, a.mean * greatest(v.sale_margin, 0) AS money, v.cautions
    FROM plans.planning_pairs p
    LEFT JOIN ahead a ON a.sku = p.sku AND a.location = p.location
    LEFT JOIN plans.sale_values v ON v.sku = p.sku AND v.location = p.location
        AND v.business_date = p.business_date
    WHERE p.business_date = getvariable('business_date') AND p.status = 'active' AND p.kind <> 'dc'
),
doubted AS (
    SELECT unnest(string_split(cautions, ';')) AS code, * EXCLUDE cautions FROM a_day
),
found AS (
    SELECT 'feed_late' AS kind, f.source || '|' || f.location AS subject, a.*
    FROM late_feeds f JOIN a_day a ON a.location = f.location
    UNION ALL BY NAME
    SELECT 'lane_down' AS kind, a.location AS subject, a.*
    FROM plans.unserved u JOIN a_day a ON a.sku = u.sku AND a.location = u.location
    WHERE u.business_date = getvariable('business_date') AND u.reason = 'no_lane'
    UNION ALL BY NAME
    SELECT 'node_down' AS kind, a.location AS subject, a.*
    FROM off o JOIN a_day a ON a.location = o.subject WHERE o.kind = 'node_down'
    UNION ALL BY NAME
    SELECT 'impossible_data' AS kind, code || '|' || replace(category, '|', '/') AS subject, * EXCLUDE code
    FROM doubted WHERE code IN (
        'list_price_not_believed', 'list_price_below_cost', 'offer_not_believed', 'promotion_without_end')
)
SELECT f.kind, subject, f.region, department, category, l.kind AS channel, NULL::VARCHAR AS supplier,
    NULL::VARCHAR AS document, sku, f.location, 'neither' AS side, units AS units_at_risk,
    round(money, 9) AS money_at_risk
FROM found f JOIN known_locations l ON l.location = f.location
ORDER BY ALL
