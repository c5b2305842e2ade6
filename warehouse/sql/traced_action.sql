-- Actions of any business date whose id starts so, each as it was last proposed.
SELECT * FROM actions.proposals
WHERE starts_with(action_id, getvariable('digits'))
ORDER BY action_id
