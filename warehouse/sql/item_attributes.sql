-- From when until when items are on sale, and since when the end was known.
WITH first_exits AS (
    SELECT sku, exit_date, min(business_date) AS announced_on FROM landing.products
    WHERE exit_date IS NOT NULL AND business_date <= getvariable('business_date') GROUP BY ALL
)
SELECT p.sku, p.category, p.launch_date, p.exit_date,
    e.announced_on AS exit_announced_on
FROM known_products p LEFT JOIN first_exits e USING (sku, exit_date)
ORDER BY p.sku
