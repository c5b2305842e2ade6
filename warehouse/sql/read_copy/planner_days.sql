-- What people of a role decided on a day; policy decides by no step.
SELECT d.answered_at::DATE AS day, d.role, count(DISTINCT d.author) AS people,
    count(DISTINCT d.action_id) AS decisions,
    round(coalesce(sum(p.value::DECIMAL(18, 4)), 0), 2)::DOUBLE AS value,
    count(DISTINCT c.exception_id) AS exceptions
FROM reporting.decision_steps d
JOIN actions.proposals p USING (business_date, action_id)
LEFT JOIN (
    SELECT business_date, action_id, min(exception_id) AS exception_id FROM actions.case_actions GROUP BY ALL
) c USING (business_date, action_id)
WHERE d.state = 'answered' AND d.author IS NOT NULL
    AND d.answered_at::DATE > (SELECT newest FROM newest_date) - 91
GROUP BY ALL
