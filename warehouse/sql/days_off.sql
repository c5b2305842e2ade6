-- Holidays by region, and local events by location, over the window.
SELECT e.kind = 'holiday' AND e.location = '*' AS holiday, l.region, l.location,
    unnest(generate_series(greatest(e.starts_on, getvariable('first_day')),
        least(e.ends_on, getvariable('last_day')), INTERVAL 1 DAY))::DATE AS date
FROM known_events e JOIN known_locations l
    ON (e.region = '*' OR e.region = l.region) AND (e.location = '*' OR e.location = l.location)
WHERE e.ends_on >= getvariable('first_day') AND e.starts_on <= getvariable('last_day')
ORDER BY ALL
