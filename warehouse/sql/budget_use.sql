-- Budgets of departments by month beside what was ordered in it and what tonight's plan asks for.
-- budgets has what policy states; exported our own orders that have left and that no document shows
-- yet; proposed tonight's, which are placed on the day after the business date.
WITH ordered AS (
    SELECT sku, ordered_on, value AS documents, 0.0::DOUBLE AS exported, 0.0::DOUBLE AS proposed
    FROM ordered_values
    UNION ALL SELECT sku, ordered_on, 0, value, 0 FROM exported
    UNION ALL SELECT sku, (getvariable('business_date') + 1)::DATE, 0, 0, value FROM proposed
),
by_month AS (
    SELECT p.department, strftime(o.ordered_on, '%Y-%m') AS month, exact_sum(o.documents) AS ordered,
        exact_sum(o.exported) AS exported, exact_sum(o.proposed) AS proposed
    FROM ordered o JOIN known_products p USING (sku) GROUP BY ALL
)
SELECT b.department, b.month, b.budget, coalesce(m.ordered, 0.0) AS ordered,
    coalesce(m.exported, 0.0) AS exported, coalesce(m.proposed, 0.0) AS proposed,
    b.budget - coalesce(m.ordered + m.exported, 0.0) AS left_as_is,
    b.budget - coalesce(m.ordered + m.exported + m.proposed, 0.0) AS left_with_proposals
FROM budgets b LEFT JOIN by_month m USING (department, month)
ORDER BY b.department, b.month
