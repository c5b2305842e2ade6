-- Actions of any date that a decision which came as a file is about, as they were last proposed, or as they left
-- where a later version of their plan has gone on from there.
WITH decided AS (SELECT DISTINCT action_id FROM known_decisions)
SELECT action_id, kind, business_date, quantity, packs, region, category FROM actions.proposals
WHERE business_date <= getvariable('business_date') AND action_id IN (FROM decided)
UNION ALL
SELECT action_id, kind, business_date, quantity, quantity AS packs, NULL AS region, NULL AS category
FROM exports.export_lines
WHERE business_date <= getvariable('business_date') AND action_id IN (FROM decided)
    AND action_id NOT IN (SELECT action_id FROM actions.proposals)
ORDER BY action_id
