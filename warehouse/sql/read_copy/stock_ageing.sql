-- How long ago what is on hand by the newest plan last came to its node, and last sold there. What has never sold has
-- not since it first came. What has no such day, though those of its node go back further than the ages that count as
-- old, is at least so old; else it is unknown.
WITH stock AS (
    SELECT sku, location, region, category, kind = 'dc' AS is_dc, on_hand AS units, on_hand * unit_cost AS value
    FROM plans.planning_pairs
    WHERE business_date = (SELECT newest FROM newest_date) AND on_hand > 0
),
came AS (
    SELECT sku, location, timestamp::DATE AS day FROM known_receipts WHERE received > 0
    UNION ALL
    SELECT sku, destination, received_on FROM known_transfers WHERE received_quantity > 0
),
went AS (
    SELECT sku, fulfilment_location AS location, timestamp::DATE AS day, FALSE AS of_dc FROM known_pos_sales
    UNION ALL
    SELECT sku, origin, shipped_on, TRUE FROM known_transfers WHERE shipped_quantity > 0
),
reach AS (
    SELECT location, (SELECT newest FROM newest_date) - min(came) AS came_days,
        (SELECT newest FROM newest_date) - min(went) AS went_days
    FROM (
        SELECT location, day AS came, NULL::DATE AS went FROM came
        UNION ALL SELECT location, NULL, day FROM went
    ) GROUP BY location
),
dated AS (
    SELECT s.*, 'last_receipt' AS since,
        coalesce((SELECT newest FROM newest_date) - c.day, CASE WHEN r.came_days > 180 THEN r.came_days END) AS days
    FROM stock s LEFT JOIN (SELECT sku, location, max(day) AS day FROM came GROUP BY ALL) c USING (sku, location)
    LEFT JOIN reach r USING (location)
    UNION ALL
    SELECT s.*, 'last_sale',
        coalesce((SELECT newest FROM newest_date) - coalesce(w.day, f.day),
            CASE WHEN r.went_days > 90 THEN r.went_days END)
    FROM stock s LEFT JOIN (
        SELECT sku, location, max(day) AS day, max(day) FILTER (NOT of_dc) AS sold FROM went GROUP BY ALL
    ) v USING (sku, location)
    LEFT JOIN (SELECT sku, location, min(day) AS day FROM came GROUP BY ALL) f USING (sku, location)
    LEFT JOIN reach r USING (location)
    CROSS JOIN LATERAL (SELECT CASE WHEN s.is_dc THEN v.day ELSE v.sold END AS day) w
)
SELECT region, category, since,
    CASE WHEN days IS NULL THEN 'unknown' WHEN days <= 30 THEN 'to_30' WHEN days <= 60 THEN 'to_60'
        WHEN days <= 90 THEN 'to_90' WHEN days <= 180 THEN 'to_180' ELSE 'older' END AS age,
    count(*) AS item_locations, sum(units)::BIGINT AS units,
    round(sum(value::DECIMAL(18, 4)), 2)::DOUBLE AS value
FROM dated GROUP BY ALL
