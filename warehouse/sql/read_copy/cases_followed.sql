-- Cases as they stood by the newest plan.
SELECT business_date, case_id, exception_id, kind, state, words, playbook, owner, in_charge,
    opened_on, due_on, escalates_on, escalates_to, money_at_risk, actions, waiting, by_itself,
    approved, rejected, withdrawn, exported, benefit_approved, benefit_waiting, exposure_change,
    outcome
FROM reporting.cases
WHERE business_date = (SELECT newest FROM newest_date)
