-- What items are, and from when it was known until when they are on sale.
WITH first_exits AS (
    SELECT sku, exit_date, min(business_date) AS announced_on FROM landing.products
    WHERE exit_date IS NOT NULL AND business_date <= getvariable('business_date') GROUP BY ALL
)
SELECT p.sku, p.category, p.list_price, p.launch_date, p.exit_date,
    e.announced_on AS exit_announced_on
FROM known_products p LEFT JOIN first_exits e USING (sku, exit_date)
ORDER BY p.sku
