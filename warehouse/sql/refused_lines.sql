-- Open order lines of which the supplier's newest answer brings fewer units than were ordered.
SELECT a.po, a.po_line, a.supplier, o.sku, o.destination, o.ordered_quantity,
    w.confirmed_quantity AS promised_quantity, a.answer, a.reason, a.acknowledgement, a.acknowledged_on
FROM answers_in_force a
JOIN known_purchase_orders o ON o.po = a.po AND o.line = a.po_line
JOIN worded_orders w ON w.po = a.po AND w.line = a.po_line
WHERE o.status IN ('open', 'confirmed', 'shipped') AND w.confirmed_quantity < o.ordered_quantity
ORDER BY a.po, a.po_line
