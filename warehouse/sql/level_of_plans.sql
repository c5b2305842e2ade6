-- Level that the newest plans set of themselves for the item-location of the frame `chosen`: that of the last one in which nobody had changed it; no row where there is none.
SELECT t.order_up_to FROM plans.targets t
ANTI JOIN plans.changed_levels c USING (business_date, sku, location)
SEMI JOIN chosen o ON o.sku = t.sku AND o.location = t.location
WHERE business_date <= getvariable('business_date')
ORDER BY business_date DESC LIMIT 1
