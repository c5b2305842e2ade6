-- How stock of chosen item-locations runs, tonight's plan carried out.
SELECT sku, location, day, days, receipts, planned_in, planned_out, demand, closing, out_chance
FROM plans.projected_stock SEMI JOIN chosen USING (sku, location)
WHERE business_date = getvariable('business_date')
ORDER BY sku, location, day
