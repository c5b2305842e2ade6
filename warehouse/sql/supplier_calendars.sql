-- The days of the week on which suppliers take orders, of those that state them.
SELECT supplier, order_weekdays FROM known_suppliers
WHERE order_weekdays IS NOT NULL ORDER BY supplier
