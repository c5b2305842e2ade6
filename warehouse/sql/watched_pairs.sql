-- How many item-locations are replenished and sell: what the budget of false alarms is stated for.
SELECT count(*) AS pairs FROM plans.planning_pairs
WHERE business_date = getvariable('business_date') AND status = 'active' AND kind <> 'dc'
