-- Whether each location traded on each of the rebuilt days. Nodes that never sell are left out.
WITH sold AS (
    SELECT timestamp::DATE AS day, location, sum(quantity) AS units, count(*) AS lines,
        -- Units by the file that brought them: the day's own, one before it, or one after.
        coalesce(sum(quantity) FILTER (business_date = timestamp::DATE), 0) AS own_units,
        coalesce(sum(quantity) FILTER (business_date > timestamp::DATE), 0) AS later_units
    FROM known_sales_files
    WHERE timestamp >= getvariable('first_day') - 28 AND timestamp < getvariable('last_day') + 1
    GROUP BY ALL
),
-- What the same weekday of the last four weeks sold, where at least three of them are known.
usual AS (
    SELECT d.day, s.location, median(s.units) AS units
    FROM rebuilt_days d JOIN sold s ON d.day - s.day IN (7, 14, 21, 28)
    GROUP BY ALL HAVING count(*) >= 3
),
-- Lines of the day's files that wait in quarantine.
waiting AS (
    SELECT business_date AS day, trim(payload->>'location') AS location, count(*) AS lines
    FROM known_set_aside
    WHERE source = 'pos_sales' AND reason NOT IN ('duplicate_key', 'sold_twice')
        AND business_date IN (SELECT day FROM rebuilt_days)
    GROUP BY ALL
),
-- Lines in the files of other days, and a tenth of what is usual, are strays: they do not say what
-- else sold. Files of later days make a day known by half of what is usual.
known AS (
    SELECT s.day, s.location, u.units IS NULL OR u.units < 15 OR s.units > u.units / 10 AS whole,
        s.own_units > 0 OR s.later_units >= coalesce(u.units / 2, 1) AS sent,
        -- The rule of clean_enough for a file, here for one location in it.
        coalesce(w.lines > getvariable('handful')
            AND w.lines > getvariable('most_broken') * (w.lines + s.lines), false) AS broken
    FROM sold s LEFT JOIN usual u USING (day, location) LEFT JOIN waiting w USING (day, location)
),
-- Days of which only parts came, files named <date>_<sequence>, may still be open.
in_parts AS (
    SELECT business_date AS day FROM known_sales_files
    WHERE business_date IN (SELECT day FROM rebuilt_days)
    GROUP BY ALL HAVING bool_and(sequence <> '')
),
-- The clock to which a location's files go, on those days and the same weekdays before them.
of_weekday AS (SELECT day, unnest([0, 7, 14, 21, 28]) AS before FROM in_parts),
line AS (
    SELECT timestamp::DATE AS day, location, file_id, max(timestamp)::TIME AS last_sale
    FROM known_sales_files
    WHERE timestamp::DATE IN (SELECT day - before::INT FROM of_weekday) GROUP BY ALL
),
-- A tenth of the locations in a file, as of tills whose clock is wrong, do not say how far it goes.
file_end AS (SELECT day, file_id, quantile_disc(last_sale, 0.9) AS until FROM line GROUP BY ALL),
place_end AS (
    SELECT day, location, max(until) AS until
    FROM line JOIN file_end USING (day, file_id) GROUP BY ALL
),
usual_end AS (
    SELECT w.day, e.location, min(e.until) AS until
    FROM of_weekday w JOIN place_end e ON e.day = w.day - w.before::INT
    WHERE w.before > 0 GROUP BY ALL
),
partial AS (
    SELECT day, location
    FROM in_parts JOIN place_end e USING (day) JOIN usual_end u USING (day, location)
    WHERE epoch(u.until) - epoch(e.until) >= 3600
)
SELECT d.day AS business_date, l.region, l.location,
    CASE WHEN p.location IS NOT NULL THEN 'partial'
         WHEN k.sent AND k.whole AND NOT k.broken THEN 'open'
         -- One that opened again was closed in between.
         WHEN CASE WHEN l.closed_on <= l.opened_on THEN d.day >= l.closed_on AND d.day < l.opened_on
                   ELSE d.day < l.opened_on OR d.day >= l.closed_on END
              OR substr(l.open_weekdays, isodow(d.day)::INT, 1) = '0' THEN 'closed'
         ELSE 'missing' END AS status,
    coalesce(s.units, 0)::BIGINT AS units
FROM rebuilt_days d CROSS JOIN known_locations l
LEFT JOIN sold s ON s.day = d.day AND s.location = l.location
LEFT JOIN known k ON k.day = d.day AND k.location = l.location
LEFT JOIN partial p ON p.day = d.day AND p.location = l.location
WHERE l.kind <> 'dc'
