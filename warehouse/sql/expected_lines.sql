-- Document lines that are expected to bring goods, at the price that is paid for them: the order's,
-- else that of the supplier's terms, else what the item costs. Our own exports that move goods between
-- nodes are left out: the goods still stand where they leave from.
SELECT r.document_kind, r.document, r.line, r.sku, r.location, r.supplier, r.due_on,
    r.expected_units AS units, r.units AS open_units,
    coalesce(o.unit_price, t.unit_price, p.unit_cost) AS unit_price
FROM inventory.receipts_ahead r
JOIN known_products p USING (sku)
LEFT JOIN placed_notices n
    ON r.document_kind = 'shipment' AND n.shipment_id = r.document AND n.line = r.line
LEFT JOIN known_purchase_orders o
    ON o.po = CASE r.document_kind WHEN 'purchase_order' THEN r.document ELSE n.po END
    AND o.line = CASE r.document_kind WHEN 'purchase_order' THEN r.line ELSE n.po_line END
LEFT JOIN known_item_suppliers t
    ON t.sku = r.sku AND t.supplier = r.supplier AND t.currency = p.currency
WHERE r.business_date = getvariable('business_date') AND r.expected_units > 0
    AND (r.document_kind <> 'proposal' OR r.supplier IS NOT NULL)
ORDER BY r.document_kind, r.document, r.line
