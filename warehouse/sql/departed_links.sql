-- Links to cases of actions that have left: with a lower version of the plan, or on an earlier business date
-- until they are due, while the exception of the case is open. What has come since is in the stock that plans
-- go by, and holds nothing off; nor does what the other system rejected or cancelled. A link is told as it first was.
SELECT
    getvariable('business_date') AS business_date,
    a.case_id,
    a.exception_id,
    a.exception,
    a.playbook,
    a.action_id,
    a.sku,
    a.kind,
    a.benefit,
    a.part,
    a.choice,
    a.option,
    a.option_rank,
    a.option_benefit,
    e.business_date AS left_on
FROM actions.case_actions a
JOIN standing_lines e ON e.action_id = a.action_id
WHERE a.business_date <= getvariable('business_date')
    AND (
        (e.business_date = getvariable('business_date') AND e.plan_version < getvariable('plan_version'))
        OR (
            e.business_date < getvariable('business_date')
            AND coalesce(e.due_on >= getvariable('business_date'), true)
            AND a.exception_id IN (
                SELECT exception_id FROM signals.exceptions
                WHERE business_date = getvariable('business_date') AND state <> 'closed'
            )
        )
    )
QUALIFY row_number() OVER (PARTITION BY a.case_id, a.action_id ORDER BY a.business_date) = 1
ORDER BY a.case_id, a.action_id
