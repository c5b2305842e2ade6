-- What the checks of the newest plan found.
SELECT * FROM reporting.check_outcomes
WHERE business_date = (SELECT newest FROM newest_date)
