-- Value ordered from suppliers in the month of the day after the business date, by department.
-- exported has the value of our own orders that have left and that no document shows yet.
WITH ordered AS (
    SELECT sku, ordered_quantity * unit_price AS value FROM known_purchase_orders
    WHERE status <> 'cancelled' AND ordered_on <= getvariable('business_date')
        AND ordered_on >= date_trunc('month', getvariable('business_date') + 1)
    UNION ALL SELECT sku, value FROM exported
)
SELECT p.department, exact_sum(o.value) AS spent
FROM ordered o JOIN known_products p USING (sku)
GROUP BY p.department
ORDER BY p.department
