-- The forecast of the skus from one to another.
SELECT f.* FROM demand.forecast f
JOIN sku_range r ON f.sku BETWEEN r.first_sku AND r.last_sku
WHERE f.business_date = getvariable('business_date')
ORDER BY f.sku, f.location, f.date
