-- The lines that are kept of the plan before.
SELECT *
FROM reporting.plan_lines
WHERE business_date = getvariable('before_date') AND plan_version = getvariable('before_version')
