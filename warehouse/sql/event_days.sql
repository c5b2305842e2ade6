-- Days of events that touch whole regions, and the share of the selling locations that they touch.
WITH selling AS (
    SELECT region, count(*) AS locations FROM known_locations WHERE kind <> 'dc' GROUP BY region
),
days AS (
    SELECT DISTINCT e.name, s.region, s.locations,
        unnest(generate_series(greatest(e.starts_on, getvariable('first_day')), e.ends_on,
            INTERVAL 1 DAY))::DATE AS date
    FROM known_events e JOIN selling s ON e.region = '*' OR e.region = s.region
    WHERE e.location = '*' AND e.ends_on >= getvariable('first_day')
)
SELECT name, date, sum(locations) / (SELECT sum(locations) FROM selling) AS share
FROM days GROUP BY name, date ORDER BY name, date
