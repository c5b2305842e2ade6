-- What people put in place of what was proposed, on every business date, by the reason that they named.
-- What left with an earlier version of a plan is not in its last one: its line has the reason, and
-- plan_lines what was proposed.
SELECT business_date, kind, coalesce(override_code, '') AS override_code, count(*) AS actions,
    sum(proposed)::BIGINT AS proposed, sum(instead)::BIGINT AS instead,
    round(sum((instead - proposed)::DECIMAL(18, 0) * unit_value::DECIMAL(18, 4)), 2)::DOUBLE AS value_change,
    currency
FROM (
    SELECT business_date, p.kind, r.override_code, p.quantity AS proposed, r.overridden AS instead,
        p.unit_value, p.currency
    FROM actions.proposals p JOIN actions.routed r USING (business_date, action_id)
    WHERE r.overridden IS NOT NULL
    UNION ALL
    SELECT business_date, e.kind, e.override_code, l.quantity, e.quantity, e.unit_value, e.currency
    FROM exports.export_lines e JOIN reporting.plan_lines l USING (business_date, plan_version, action_id)
    WHERE e.override_code IS NOT NULL AND e.quantity <> l.quantity
        AND (business_date, action_id) NOT IN (SELECT (business_date, action_id) FROM actions.routed)
)
GROUP BY ALL
