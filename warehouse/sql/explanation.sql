-- The steps of one action's explanation, in order.
SELECT * FROM actions.explanations
WHERE business_date = getvariable('business_date') AND action_id = getvariable('action_id')
ORDER BY step
