-- The stock of pairs that sold nothing since a day, by what is known of their sales.
SELECT p.sku, p.location, p.available FROM inventory.position p
ANTI JOIN (
    SELECT sku, location FROM demand.unconstrained
    WHERE business_date = getvariable('business_date') AND date >= getvariable('first_day') AND sales > 0
) s USING (sku, location)
WHERE p.business_date = getvariable('business_date')
ORDER BY p.sku, p.location
