-- Every action that a plan has proposed and that is still on record, with the first version of its plan that had it. Of one that is known by its export alone, region and category are missing.
SELECT business_date, min(plan_version) AS plan_version, action_id, min(kind) AS kind,
    min(region) AS region, min(category) AS category, min(sku) AS sku,
    min(destination) AS destination
FROM (
    SELECT business_date, plan_version, action_id, kind, region, category, sku, destination
    FROM actions.proposals
    UNION ALL
    SELECT business_date, plan_version, action_id, kind, region, category, sku, destination
    FROM reporting.plan_lines
    UNION ALL
    SELECT business_date, plan_version, action_id, kind, NULL, NULL, sku, destination
    FROM exports.export_lines
)
WHERE business_date <= getvariable('business_date')
GROUP BY business_date, action_id
ORDER BY action_id
