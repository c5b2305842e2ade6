-- Receipts with the order line that they book: the one that they name, where the order has it, else the
-- order's only line of the item for that place. What then names no line keeps its number and books none.
SELECT r.* REPLACE (coalesce(o.line, m.line, r.po_line) AS po_line)
FROM known_receipts r
LEFT JOIN known_purchase_orders o ON o.po = r.po AND o.line = r.po_line
LEFT JOIN only_lines m ON m.po = r.po AND m.sku = r.sku AND m.destination = r.location
