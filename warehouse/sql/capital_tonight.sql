-- What departments hold and have coming tonight, at landed cost: what working capital begins with.
WITH held AS (
    SELECT sku, sum(on_hand) AS units FROM inventory.position
    WHERE business_date = getvariable('business_date') GROUP BY sku
),
coming AS (
    SELECT sku, sum(expected_units) AS units FROM inventory.receipts_ahead
    WHERE business_date = getvariable('business_date')
        AND (document_kind <> 'proposal' OR supplier IS NOT NULL) GROUP BY sku
)
SELECT p.department,
    sum(coalesce(h.units, 0))::DOUBLE AS stock_units,
    exact_sum(coalesce(h.units, 0) * p.unit_cost) AS stock_value,
    sum(coalesce(c.units, 0))::DOUBLE AS coming_units,
    exact_sum(coalesce(c.units, 0) * p.unit_cost) AS coming_value
FROM known_products p LEFT JOIN held h USING (sku) LEFT JOIN coming c USING (sku)
WHERE h.sku IS NOT NULL OR c.sku IS NOT NULL
GROUP BY ALL ORDER BY ALL
