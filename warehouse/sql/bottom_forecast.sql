-- The forecast of the chosen days with the category of each item.
SELECT f.sku, f.location, f.region, p.category, f.date, f.mean, f.variance
FROM demand.forecast f
SEMI JOIN chosen USING (date)
LEFT JOIN known_products p USING (sku)
WHERE f.business_date = getvariable('business_date')
