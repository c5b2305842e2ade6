-- The plan in force of the newest business date that has one.
SELECT business_date, plan_version, input_hash, policy_hash, model_version
FROM plans.plan_versions
WHERE current AND business_date = (SELECT newest FROM newest_date)
