-- What waits for each role in the newest plan.
SELECT role, count(*) AS actions,
    round(sum(value::DECIMAL(18, 4)), 2)::DOUBLE AS value,
    round(sum(benefit::DECIMAL(18, 4)), 2)::DOUBLE AS benefit,
    count(*) FILTER (urgency_days <= 2) AS urgent, any_value(currency) AS currency
FROM (
    SELECT unnest(string_split(r.missing_roles, ';')) AS role, p.value, p.benefit, p.urgency_days,
        p.currency
    FROM actions.proposals p JOIN actions.routed r USING (business_date, action_id)
    WHERE p.business_date = (SELECT newest FROM newest_date) AND r.status = 'waiting'
)
WHERE role <> ''
GROUP BY role
