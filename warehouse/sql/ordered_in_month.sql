-- Value ordered from suppliers in the month of the day after the business date, by department.
-- exported has the value of our own orders that have left and that no document shows yet.
WITH ordered AS (
    SELECT sku, ordered_on, value FROM ordered_values
    UNION ALL SELECT sku, ordered_on, value FROM exported
)
SELECT p.department, exact_sum(o.value) AS spent
FROM ordered o JOIN known_products p USING (sku)
WHERE o.ordered_on >= date_trunc('month', getvariable('business_date') + 1)
GROUP BY p.department
ORDER BY p.department
