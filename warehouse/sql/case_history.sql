-- Actions of earlier business dates of the cases of the newest of these that has any, and of lower versions of
-- the plan of any case, and whether each has left and stands.
SELECT
    a.case_id,
    a.action_id,
    arg_min(a.benefit, a.business_date) AS benefit,
    bool_or(e.action_id IS NOT NULL) AS exported
FROM actions.case_actions a
LEFT JOIN standing_lines e ON e.action_id = a.action_id
    AND (e.business_date < getvariable('business_date') OR a.left_on IS NOT NULL)
WHERE (a.business_date = getvariable('business_date') AND a.left_on IS NOT NULL)
    OR (
        a.business_date < getvariable('business_date')
        AND a.case_id IN (
            SELECT case_id FROM reporting.cases WHERE business_date = (
                SELECT max(business_date) FROM reporting.cases WHERE business_date < getvariable('business_date')
            )
        )
    )
GROUP BY a.case_id, a.action_id
ORDER BY a.case_id, a.action_id
