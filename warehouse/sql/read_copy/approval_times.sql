-- How long roles take to answer what policy asks of them, and where actions wait, by business date.
SELECT business_date, kind, region, category, role, count(*) AS asked,
    count(*) FILTER (state = 'answered') AS answered,
    count(*) FILTER (state = 'waiting') AS waiting,
    count(*) FILTER (answer = 'reject') AS rejected,
    count(*) FILTER (answer = 'override') AS overridden,
    coalesce(sum(answers - 1), 0)::BIGINT AS done_over,
    median(hours) AS median_hours, quantile_cont(hours, 0.9) AS slow_hours
FROM reporting.decision_steps
GROUP BY ALL
