-- Items with what a unit of them costs.
SELECT sku, department, currency, unit_cost FROM known_products ORDER BY sku
