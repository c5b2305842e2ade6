-- Ship notices with the order line that they are of: the one that they name, where the order has it, else
-- the order's only line of the item for that place. What then names no line keeps its number.
SELECT n.* REPLACE (coalesce(o.line, m.line, n.po_line) AS po_line)
FROM known_in_transit n
LEFT JOIN known_purchase_orders o ON o.po = n.po AND o.line = n.po_line
LEFT JOIN only_lines m ON m.po = n.po AND m.sku = n.sku AND m.destination = n.destination
