-- Items as the newest plan knew them, with a name and that of their supplier.
SELECT p.sku, concat_ws(' ', p.style, p.colour, p.size) AS item_name, p.department, p.category,
    p.brand, p.season, p.supplier, s.name AS supplier_name, p.unit_cost, p.list_price, p.currency,
    p.launch_date, p.exit_date
FROM known_products p
LEFT JOIN known_suppliers s USING (supplier)
