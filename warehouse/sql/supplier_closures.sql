-- The next closures of suppliers; of one whose days do not both stand, in their order, nothing is known.
SELECT supplier, closed_from, closed_to FROM known_suppliers
WHERE closed_from <= closed_to ORDER BY supplier
