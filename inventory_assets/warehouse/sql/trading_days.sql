-- Whether each location traded on each of the rebuilt days. Nodes that never sell are left out.
WITH sold AS (
    SELECT timestamp::DATE AS day, location, sum(quantity) AS units
    FROM known_pos_sales
    WHERE timestamp >= getvariable('first_day') AND timestamp < getvariable('last_day') + 1
    GROUP BY ALL
)
SELECT d.day AS business_date, l.region, l.location,
    CASE WHEN s.units IS NOT NULL THEN 'open'
         WHEN d.day < l.opened_on OR d.day >= l.closed_on
              OR substr(l.open_weekdays, isodow(d.day)::INT, 1) = '0' THEN 'closed'
         ELSE 'missing' END AS status,
    coalesce(s.units, 0)::BIGINT AS units
FROM rebuilt_days d CROSS JOIN known_locations l
LEFT JOIN sold s ON s.day = d.day AND s.location = l.location
WHERE l.kind <> 'dc'
