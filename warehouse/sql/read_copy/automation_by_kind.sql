-- What policy and people made of the actions of the newest plan, by kind.
SELECT kind, sum(actions)::BIGINT AS actions, sum(by_policy)::BIGINT AS by_policy,
    sum(by_people)::BIGINT AS by_people, sum(overridden)::BIGINT AS overridden,
    sum(rejected)::BIGINT AS rejected, sum(waiting)::BIGINT AS waiting,
    sum(stopped)::BIGINT AS stopped
FROM analysis.automation_rates WHERE business_date = (SELECT newest FROM newest_date)
GROUP BY kind
