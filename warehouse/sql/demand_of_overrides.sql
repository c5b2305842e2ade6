-- Demand since of the locations that the chosen overrides serve.
SELECT c.action_id,
    count(*) FILTER (NOT u.closed) AS days,
    count(u.demand) FILTER (NOT u.closed) AS known_days,
    coalesce(exact_sum(CASE WHEN NOT u.closed THEN u.demand END), 0) AS demand
FROM chosen c
JOIN served s USING (destination)
JOIN demand.unconstrained u ON u.sku = c.sku AND u.location = s.location
    AND u.date BETWEEN c.first_day AND c.last_day
    AND u.business_date = getvariable('business_date')
GROUP BY ALL ORDER BY c.action_id
