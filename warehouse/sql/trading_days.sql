-- Whether each location traded on each of the rebuilt days. Nodes that never sell are left out.
WITH sold AS (
    SELECT timestamp::DATE AS day, location, sum(quantity) AS units
    FROM known_pos_sales
    WHERE timestamp >= getvariable('first_day') AND timestamp < getvariable('last_day') + 1
    GROUP BY ALL
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
file_end AS (SELECT day, file_id, max(last_sale) AS until FROM line GROUP BY ALL),
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
         WHEN s.units IS NOT NULL THEN 'open'
         WHEN d.day < l.opened_on OR d.day >= l.closed_on
              OR substr(l.open_weekdays, isodow(d.day)::INT, 1) = '0' THEN 'closed'
         ELSE 'missing' END AS status,
    coalesce(s.units, 0)::BIGINT AS units
FROM rebuilt_days d CROSS JOIN known_locations l
LEFT JOIN sold s ON s.day = d.day AND s.location = l.location
LEFT JOIN partial p ON p.day = d.day AND p.location = l.location
WHERE l.kind <> 'dc'
