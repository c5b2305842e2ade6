-- Open lines of suppliers, with the terms on which fewer units or more speed can be asked for.
-- pending has the order lines of which a change has left and is not settled, refusals how often each
-- supplier refuses, and any other one.
SELECT r.region, r.sku, r.location AS destination, r.supplier, r.document_kind, r.document, r.line,
    r.due_on, r.units, r.chance, r.share, r.expected_units,
    coalesce(t.order_multiple, 1) AS order_multiple,
    coalesce(t.minimum_order_quantity, 0) AS minimum_order_quantity,
    coalesce(o.unit_price, t.unit_price, p.unit_cost) AS unit_price,
    o.po IS NOT NULL AND o.status IN ('open', 'confirmed') AND w.po IS NULL AS changeable,
    coalesce(f.refusal_chance, any_other.refusal_chance) AS refusal_chance,
    s.expedite_fee, s.expedite_days_saved
FROM inventory.receipts_ahead r
JOIN known_products p USING (sku)
LEFT JOIN known_purchase_orders o
    ON r.document_kind = 'purchase_order' AND o.po = r.document AND o.line = r.line
LEFT JOIN known_item_suppliers t ON t.sku = r.sku AND t.supplier = r.supplier
LEFT JOIN known_suppliers s ON s.supplier = r.supplier
LEFT JOIN refusals f ON f.supplier = r.supplier
LEFT JOIN refusals any_other ON any_other.supplier IS NULL
LEFT JOIN pending w ON w.po = r.document AND w.po_line = r.line
WHERE r.business_date = getvariable('business_date')
    AND r.document_kind IN ('purchase_order', 'shipment') AND r.supplier IS NOT NULL
ORDER BY r.document_kind, r.document, r.line
