-- Items with the days from and until which they are on sale by what is stated and what sold.
SELECT p.* REPLACE (
    CASE WHEN f.code IS NULL THEN p.launch_date ELSE f.starts_on END AS launch_date,
    CASE WHEN f.code IS NULL THEN p.exit_date ELSE f.ends_on END AS exit_date)
FROM known_products p LEFT JOIN inventory.dates_in_force f
    ON f.kind = 'item' AND f.code = p.sku AND f.business_date = getvariable('business_date')
