-- What items sold by day, with the price over the list price, and what the same locations usually sell on
-- such a weekday in the part of the day that the shelf held out; of at most `most_items` items of a category, and all that
-- leave the range up to `last_exit`, of days up to `last_day`, and `silent_days` after the last sale of an item at a
-- location. A place is the stores of a region, or a location that sells at
-- prices of its own. Bulk sales count as usual ones (`bulk`).
WITH ranked AS (
    -- By a number that is drawn from the name, so that it stays the same night after night.
    SELECT sku, style, category, list_price, launch_date, exit_date,
        row_number() OVER (PARTITION BY category ORDER BY md5(sku), sku) AS number
    FROM known_products
    WHERE list_price > 0 AND launch_date <= getvariable('business_date')
        AND coalesce(exit_date, DATE '9999-12-31') >= getvariable('business_date')
),
items AS (
    SELECT * FROM ranked WHERE number <= getvariable('most_items')::INT
        OR exit_date BETWEEN getvariable('business_date') AND getvariable('last_exit')
),
places AS (
    SELECT l.location, l.region, l.kind,
        CASE WHEN l.kind = 'store' AND o.location IS NULL THEN l.region ELSE l.location END AS place
    FROM known_locations l LEFT JOIN (SELECT DISTINCT location FROM prices_in_own_currency) o USING (location)
    WHERE l.kind <> 'dc'
),
open_days AS (
    SELECT location, business_date AS day, isodow(business_date) AS weekday, units
    FROM inventory.trading_days
    WHERE status = 'open' AND business_date BETWEEN getvariable('first_day') AND getvariable('last_day')
),
weekdays AS (
    SELECT location, weekday, avg(units) / any_value(mean) AS factor
    FROM open_days JOIN (SELECT location, avg(units) AS mean FROM open_days GROUP BY ALL) USING (location)
    WHERE mean > 0 GROUP BY ALL
),
sold AS (
    SELECT h.sku, h.location, h.business_date AS day,
        greatest(sum(h.sales) - coalesce(any_value(b.units), 0), 0)::BIGINT AS sales,
        bool_or(h.out_of_stock) AS out_of_stock, max(h.stockout_hours) AS hours
    FROM inventory.demand_history h SEMI JOIN items i ON i.sku = h.sku
    LEFT JOIN bulk_units b ON b.sku = h.sku AND b.location = h.location AND b.day = h.business_date
    WHERE h.business_date BETWEEN getvariable('first_day') AND getvariable('last_day')
    GROUP BY ALL
),
-- The part of a day without stock, of the longest such day of the location. A day on which the last unit
-- sold is a good one: to leave it out would tell less of low prices than of high ones.
empty_parts AS (
    SELECT sku, location, day,
        CASE WHEN hours IS NOT NULL THEN hours / max(hours) OVER (PARTITION BY location)
            WHEN sales > 0 THEN 0 ELSE 1 END AS part
    FROM sold WHERE out_of_stock
),
-- A span does not end with the last sale: the days without one after it would be left out, and so tell
-- more of the last price than it brought. Where an item is no longer active nothing marks its empty
-- shelf, so that a day without a row does not say that it was in stock.
pairs AS (
    SELECT s.sku, s.location, p.place, p.region, p.kind,
        greatest(i.launch_date, getvariable('first_day')) AS from_day,
        least(max(s.day) + CASE WHEN any_value(k.status) = 'active' THEN getvariable('silent_days')::INT ELSE 0 END,
            getvariable('last_day')) AS to_day
    FROM sold s JOIN items i USING (sku) JOIN places p USING (location)
    LEFT JOIN known_item_locations k ON k.sku = s.sku AND k.location = s.location
    WHERE s.sales > 0 AND s.day >= i.launch_date
    GROUP BY s.sku, s.location, p.place, p.region, p.kind, i.launch_date
),
spans AS (
    SELECT p.sku, p.location, exact_sum(1 - coalesce(e.part, 0)) AS days, sum(s.sales) AS units
    FROM pairs p JOIN open_days o ON o.location = p.location AND o.day BETWEEN p.from_day AND p.to_day
    LEFT JOIN sold s ON s.sku = p.sku AND s.location = p.location AND s.day = o.day
    LEFT JOIN empty_parts e ON e.sku = p.sku AND e.location = p.location AND e.day = o.day
    GROUP BY p.sku, p.location
),
rated AS (
    SELECT p.*, s.units / s.days AS rate
    FROM pairs p JOIN spans s USING (sku, location) WHERE s.days > 0 AND s.units > 0
),
usual AS (
    SELECT r.sku, r.place, o.day, exact_sum(r.rate * w.factor) AS usual
    FROM rated r JOIN open_days o ON o.location = r.location AND o.day BETWEEN r.from_day AND r.to_day
    JOIN weekdays w ON w.location = o.location AND w.weekday = o.weekday
    GROUP BY ALL
),
empty AS (
    SELECT r.sku, r.place, s.day, exact_sum(r.rate * w.factor * s.part) AS usual
    FROM empty_parts s JOIN rated r USING (sku, location)
    JOIN open_days o ON o.location = s.location AND o.day = s.day
    JOIN weekdays w ON w.location = s.location AND w.weekday = o.weekday
    WHERE s.day BETWEEN r.from_day AND r.to_day GROUP BY ALL
),
units AS (
    SELECT s.sku, r.place, s.day, sum(s.sales)::DOUBLE AS units
    FROM sold s JOIN rated r USING (sku, location)
    JOIN open_days o ON o.location = s.location AND o.day = s.day
    WHERE s.day BETWEEN r.from_day AND r.to_day GROUP BY ALL
),
cells AS (
    SELECT DISTINCT r.sku, r.place, r.region, r.kind, i.style, i.category, i.list_price
    FROM rated r JOIN items i USING (sku)
),
running AS (
    SELECT scope, scope_value, region AS in_region, channel, discount,
        unnest(generate_series(greatest(starts_on, getvariable('first_day')),
            least(coalesce(ends_on, getvariable('business_date')), getvariable('business_date')),
            INTERVAL 1 DAY))::DATE AS day
    FROM known_promotions
    WHERE coalesce(ends_on, DATE '9999-12-31') >= getvariable('first_day') AND starts_on <= getvariable('business_date')
),
-- A join by scope each: one on any of them would compare every promotion with every item.
touched AS (
    SELECT c.sku, c.place, c.region, c.kind, r.* FROM cells c JOIN running r ON r.scope = 'sku' AND r.scope_value = c.sku
    UNION ALL SELECT c.sku, c.place, c.region, c.kind, r.* FROM cells c JOIN running r ON r.scope = 'style' AND r.scope_value = c.style
    UNION ALL SELECT c.sku, c.place, c.region, c.kind, r.* FROM cells c JOIN running r ON r.scope = 'category' AND r.scope_value = c.category
    UNION ALL SELECT c.sku, c.place, c.region, c.kind, r.* FROM cells c JOIN running r ON r.scope = 'all'
),
promoted AS (
    SELECT sku, place, day, max(discount) AS discount FROM touched
    WHERE in_region IN ('*', region) AND channel IN ('*', kind) GROUP BY ALL
),
listed AS (
    SELECT c.sku, c.place,
        unnest(generate_series(greatest(x.valid_from, getvariable('first_day')),
            least(coalesce(x.valid_to, getvariable('business_date')), getvariable('business_date')),
            INTERVAL 1 DAY))::DATE AS day,
        x.price / c.list_price AS price
    FROM prices_in_own_currency x JOIN cells c ON c.sku = x.sku AND x.location IN ('*', c.place)
    WHERE x.price > 0 AND x.valid_from <= getvariable('business_date')
        AND coalesce(x.valid_to, DATE '9999-12-31') >= getvariable('first_day')
),
lowest AS (SELECT sku, place, day, least(min(price), 1) AS price FROM listed GROUP BY ALL)
SELECT u.sku, c.style, c.category, u.place, u.day AS date,
    coalesce(l.price, 1) * (1 - coalesce(p.discount, 0)) AS price, p.discount IS NOT NULL AS promoted,
    coalesce(s.units, 0) AS units, greatest(u.usual - coalesce(e.usual, 0), 0) AS usual
FROM usual u JOIN cells c USING (sku, place)
LEFT JOIN empty e ON e.sku = u.sku AND e.place = u.place AND e.day = u.day
LEFT JOIN units s ON s.sku = u.sku AND s.place = u.place AND s.day = u.day
LEFT JOIN promoted p ON p.sku = u.sku AND p.place = u.place AND p.day = u.day
LEFT JOIN lowest l ON l.sku = u.sku AND l.place = u.place AND l.day = u.day
WHERE u.usual > coalesce(e.usual, 0)
ORDER BY u.sku, u.place, u.day
