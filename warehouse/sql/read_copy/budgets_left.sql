-- Budgets of departments by month and what is left of them, by the newest plan.
SELECT business_date, department, month, budget, ordered, exported, proposed, left_as_is,
    left_with_proposals
FROM reporting.budget_use WHERE business_date = (SELECT newest FROM newest_date)
