-- The forecast that plans use: by day, and for items about to launch that of their first days on
-- sale; of the skus of `sku_range`, whose ends may be missing.
WITH launching AS (
    SELECT f.* FROM demand.launch_forecast f
    JOIN sku_range r ON f.sku >= coalesce(r.first_sku, f.sku) AND f.sku <= coalesce(r.last_sku, f.sku)
    WHERE f.business_date = getvariable('business_date')
),
by_day AS (
    SELECT f.* FROM demand.forecast f
    JOIN sku_range r ON f.sku >= coalesce(r.first_sku, f.sku) AND f.sku <= coalesce(r.last_sku, f.sku)
    ANTI JOIN launching l ON l.sku = f.sku AND l.location = f.location
    WHERE f.business_date = getvariable('business_date')
)
SELECT sku, location, date, mean, variance, correlation, common_variation FROM by_day
UNION ALL
SELECT sku, location, date, mean, variance, correlation, common_variation FROM launching
ORDER BY sku, location, date
