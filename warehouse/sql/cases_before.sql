-- Cases of the newest earlier business date that has any.
SELECT * FROM reporting.cases WHERE business_date = (
    SELECT max(business_date) FROM reporting.cases WHERE business_date < getvariable('business_date')
)
ORDER BY case_id
