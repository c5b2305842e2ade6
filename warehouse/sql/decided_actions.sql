-- Actions of any date that a decision which came as a file is about, as they were last proposed.
SELECT action_id, kind, business_date, quantity, packs FROM actions.proposals
WHERE business_date <= getvariable('business_date')
    AND action_id IN (SELECT action_id FROM known_decisions)
ORDER BY action_id
