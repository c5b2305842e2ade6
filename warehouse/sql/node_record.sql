-- What became of the lines of customers' orders that nodes were asked for since first_day.
WITH asked AS (
    SELECT o.location, 'shipped' AS outcome,
        greatest(date_diff('day', o.allocated_at::DATE, o.shipped_at::DATE) - 1, 0) AS days_late
    FROM known_online_orders o
    WHERE o.status = 'shipped' AND o.location IS NOT NULL
        AND o.created::DATE >= getvariable('first_day')
    UNION ALL
    SELECT location, 'refused', NULL FROM known_node_refusals
    WHERE refused_at::DATE >= getvariable('first_day')
)
SELECT location, l.kind, outcome, days_late::BIGINT AS days_late, count(*) AS lines
FROM asked JOIN known_locations l USING (location)
GROUP BY ALL ORDER BY ALL
