-- What items sold by week on days in stock and without a promotion of their own, and what the same
-- places sell on as many such days by their mean of the year; of at most `most_items` items of a
-- category, in either half of the locations. Weeks end with `last_day`. Bulk sales count as usual ones
-- (`bulk`).
WITH ranked AS (
    -- By a number that is drawn from the name, so that it stays the same night after night.
    SELECT sku, style, category, launch_date, exit_date,
        row_number() OVER (PARTITION BY category ORDER BY md5(sku), sku) AS place
    FROM known_products WHERE launch_date <= getvariable('last_day')
        AND coalesce(exit_date, DATE '9999-12-31') >= getvariable('first_day')
),
items AS (SELECT * FROM ranked WHERE place <= getvariable('most_items')::INT),
places AS (
    SELECT location, region, kind, rank() OVER (ORDER BY location) % 2 AS half
    FROM known_locations WHERE kind <> 'dc'
),
open_days AS (
    SELECT location, business_date AS day, (getvariable('last_day') - business_date) // 7 AS back
    FROM inventory.trading_days
    WHERE status = 'open' AND business_date BETWEEN getvariable('first_day') AND getvariable('last_day')
),
sold AS (
    SELECT h.sku, h.location, h.business_date AS day,
        greatest(sum(h.sales) - coalesce(any_value(b.units), 0), 0)::BIGINT AS sales,
        bool_or(h.out_of_stock) AS out_of_stock
    FROM inventory.demand_history h SEMI JOIN items i ON i.sku = h.sku
    LEFT JOIN bulk_units b ON b.sku = h.sku AND b.location = h.location AND b.day = h.business_date
    WHERE h.business_date BETWEEN getvariable('first_day') AND getvariable('last_day')
    GROUP BY ALL
),
-- A pair is in the range from its launch on, or from its first row where it is older.
pairs AS (
    SELECT s.sku, s.location, p.region, p.kind, p.half, i.style, i.category,
        CASE WHEN i.launch_date > getvariable('first_day') THEN i.launch_date ELSE s.first_row END AS from_day,
        CASE WHEN i.exit_date <= getvariable('last_day') THEN i.exit_date
            WHEN k.status = 'active' THEN getvariable('last_day') ELSE s.last_row END AS to_day
    FROM (SELECT sku, location, min(day) AS first_row, max(day) AS last_row FROM sold GROUP BY ALL) s
    JOIN items i USING (sku) JOIN places p USING (location)
    LEFT JOIN known_item_locations k ON k.sku = s.sku AND k.location = s.location
),
promotions AS (
    SELECT DISTINCT scope, scope_value, region, channel,
        unnest(generate_series(greatest(starts_on, getvariable('first_day')),
            least(ends_on, getvariable('last_day')), INTERVAL 1 DAY))::DATE AS day
    FROM known_promotions
    WHERE scope <> 'all' AND ends_on >= getvariable('first_day') AND starts_on <= getvariable('last_day')
),
-- Days of pairs on which a promotion of some items ran.
promoted AS (
    SELECT p.sku, p.location, r.day FROM pairs p JOIN promotions r ON r.scope = 'sku' AND r.scope_value = p.sku
        WHERE (r.region = '*' OR r.region = p.region) AND (r.channel = '*' OR r.channel = p.kind)
    UNION SELECT p.sku, p.location, r.day FROM pairs p JOIN promotions r ON r.scope = 'style' AND r.scope_value = p.style
        WHERE (r.region = '*' OR r.region = p.region) AND (r.channel = '*' OR r.channel = p.kind)
    UNION SELECT p.sku, p.location, r.day FROM pairs p JOIN promotions r ON r.scope = 'category' AND r.scope_value = p.category
        WHERE (r.region = '*' OR r.region = p.region) AND (r.channel = '*' OR r.channel = p.kind)
),
open_weeks AS (SELECT location, back, count(*) AS days FROM open_days GROUP BY ALL),
-- A day teaches nothing on which the shelf was empty or a promotion ran, sold or not.
taught AS (
    SELECT sku, location, o.back, count(*) FILTER (coalesce(s.out_of_stock, false) OR r.day IS NOT NULL) AS missed,
        coalesce(sum(s.sales) FILTER (NOT coalesce(s.out_of_stock, false) AND r.day IS NULL), 0)::BIGINT AS units
    FROM sold s FULL JOIN promoted r USING (sku, location, day) JOIN open_days o USING (location, day)
    GROUP BY ALL
),
-- Whole weeks in the range only: half a week of a launch would be a low one.
weeks AS (
    SELECT p.sku, p.location, p.half, o.back, o.back // 52 AS year,
        o.days - coalesce(t.missed, 0) AS days, coalesce(t.units, 0) AS units
    FROM pairs p JOIN open_weeks o USING (location)
    LEFT JOIN taught t ON t.sku = p.sku AND t.location = p.location AND t.back = o.back
    WHERE getvariable('last_day') - 7 * o.back::INT - 6 >= p.from_day
        AND getvariable('last_day') - 7 * o.back::INT <= p.to_day
        AND getvariable('last_day') - 7 * o.back::INT - 6 >= (SELECT min(day) FROM open_days)
        AND o.days > coalesce(t.missed, 0)
),
-- Over a year of each pair. A window over its rows takes longer: it sorts them.
rates AS (SELECT sku, location, year, sum(units) / sum(days) AS rate FROM weeks GROUP BY ALL)
SELECT sku, half::BIGINT AS half, getvariable('last_day') - 7 * back::INT - 6 AS week,
    sum(units)::DOUBLE AS units, exact_sum(days * rate) AS usual
FROM weeks JOIN rates USING (sku, location, year)
GROUP BY sku, half, back HAVING exact_sum(days * rate) > 0 ORDER BY sku, half, week
