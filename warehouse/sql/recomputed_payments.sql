-- What suppliers are owed and will be for what is open, and what tonight orders of them, added up from
-- documents and actions alone: what payments ahead must come to.
WITH order_lines AS (
    SELECT o.po, o.line, o.supplier, o.unit_price FROM known_purchase_orders o
),
goods AS (
    SELECT coalesce(o.supplier, p.supplier) AS supplier, r.timestamp::DATE AS here_on,
        r.received * coalesce(o.unit_price, p.unit_cost) AS amount
    FROM placed_receipts r JOIN known_products p USING (sku)
    LEFT JOIN order_lines o ON o.po = r.po AND o.line = r.po_line
    UNION ALL
    SELECT r.supplier, r.due_on, r.expected_units * coalesce(o.unit_price, t.unit_price, p.unit_cost)
    FROM inventory.receipts_ahead r JOIN known_products p USING (sku)
    LEFT JOIN placed_notices n
        ON r.document_kind = 'shipment' AND n.shipment_id = r.document AND n.line = r.line
    LEFT JOIN order_lines o ON o.po = coalesce(n.po, r.document) AND o.line = coalesce(n.po_line, r.line)
    LEFT JOIN known_item_suppliers t
        ON t.sku = r.sku AND t.supplier = r.supplier AND t.currency = p.currency
    WHERE r.business_date = getvariable('business_date') AND r.supplier IS NOT NULL
),
due AS (
    SELECT g.supplier, sum(g.amount) AS recomputed
    FROM goods g JOIN known_suppliers s USING (supplier)
    WHERE g.here_on + coalesce(s.payment_days, getvariable('payment_days'))::INT
        > getvariable('business_date')
    GROUP BY ALL
),
proposed AS (
    SELECT coalesce(r.overridden_supplier, p.supplier) AS supplier,
        sum(coalesce(r.approved_quantity, r.overridden, p.quantity)
            * coalesce(r.overridden_unit_value, p.unit_value)) AS recomputed
    FROM actions.proposals p JOIN actions.routed r USING (business_date, action_id)
    WHERE p.business_date = getvariable('business_date') AND p.kind = 'purchase_order'
        AND r.status IN ('approved', 'waiting')
    GROUP BY ALL
)
SELECT supplier, 'due_as_is' AS what, recomputed::DOUBLE AS recomputed FROM due
UNION ALL SELECT supplier, 'proposed', recomputed::DOUBLE FROM proposed
ORDER BY ALL
