-- What stock and orders tie up by week ahead, with the newest plan left alone and carried out.
SELECT a.business_date, a.week, a.ends_on, a.department, a.currency,
    a.stock_value AS stock_as_is, a.exposure_value AS exposure_as_is,
    b.stock_value AS stock_with_proposals, b.exposure_value AS exposure_with_proposals
FROM reporting.working_capital a JOIN reporting.working_capital b
    USING (business_date, week, department)
WHERE a.plan = 'as_is' AND b.plan = 'with_proposals'
    AND a.business_date = (SELECT newest FROM newest_date)
