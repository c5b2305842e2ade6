-- What people put in place of what was proposed, on every business date, by the reason that they named.
SELECT business_date, p.kind, coalesce(r.override_code, '') AS override_code, count(*) AS actions,
    sum(p.quantity)::BIGINT AS proposed, sum(r.overridden)::BIGINT AS instead,
    round(sum((r.overridden - p.quantity)::DECIMAL(18, 0) * p.unit_value::DECIMAL(18, 4)), 2)::DOUBLE AS value_change,
    p.currency
FROM actions.proposals p JOIN actions.routed r USING (business_date, action_id)
WHERE r.overridden IS NOT NULL
GROUP BY ALL
