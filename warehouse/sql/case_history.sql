-- Actions of earlier business dates of the cases of the newest of these that has any, and whether each has
-- left.
SELECT a.case_id, a.action_id, a.benefit, e.action_id IS NOT NULL AS exported
FROM actions.case_actions a
SEMI JOIN (
    SELECT case_id FROM reporting.cases WHERE business_date = (
        SELECT max(business_date) FROM reporting.cases WHERE business_date < getvariable('business_date')
    )
) c ON c.case_id = a.case_id
LEFT JOIN exports.export_lines e ON e.action_id = a.action_id
    AND e.business_date < getvariable('business_date')
WHERE a.business_date < getvariable('business_date')
ORDER BY a.case_id, a.action_id
