-- Actions of any business date whose id starts so, each as it was last proposed; what left with a
-- version of the plan that another has taken the place of as it left, without what it was for.
WITH proposed AS (
    SELECT * FROM actions.proposals WHERE starts_with(action_id, getvariable('digits'))
),
departed AS (
    SELECT * EXCLUDE (batch, idempotency_key) FROM exports.export_lines
    WHERE starts_with(action_id, getvariable('digits'))
)
SELECT * FROM proposed
UNION ALL BY NAME
SELECT * FROM departed ANTI JOIN proposed USING (action_id)
ORDER BY action_id
