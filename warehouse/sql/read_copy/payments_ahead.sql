-- What is due to suppliers by week ahead, by the newest plan, with names.
SELECT c.business_date, c.week, c.ends_on, c.supplier, v.name AS supplier_name, c.department,
    c.currency, c.payment_days, c.terms_assumed, c.due_as_is, c.changed, c.proposed, c.fees,
    c.due_with_proposals
FROM reporting.cash_ahead c LEFT JOIN known_suppliers v USING (supplier)
WHERE c.business_date = (SELECT newest FROM newest_date)
