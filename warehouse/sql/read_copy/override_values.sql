-- What overrides of quantities were worth once the demand of their days was known, each by its newest judgement.
WITH judged AS (
    SELECT * FROM demand.override_value
    QUALIFY row_number() OVER (PARTITION BY action_id ORDER BY business_date DESC) = 1
),
coded AS (
    SELECT j.*, coalesce(r.override_code, '') AS override_code,
        abs(j.overridden - j.proposed) AS changed
    FROM judged j LEFT JOIN (
        SELECT action_id, any_value(override_code) AS override_code FROM actions.routed GROUP BY ALL
    ) r USING (action_id)
    WHERE j.overridden <> j.proposed
)
SELECT kind, region, category, author, role, override_code,
    CASE WHEN overridden > proposed THEN 'more' ELSE 'less' END AS direction,
    CASE WHEN changed <= 0.25 * proposed THEN 'small' WHEN changed <= proposed THEN 'large'
        ELSE 'multiple' END AS size,
    count(*) AS overrides, count(*) FILTER (value_added > 0) AS nearer,
    sum(changed)::BIGINT AS units_changed, round(sum(value_added), 6) AS value_added
FROM coded
GROUP BY ALL
