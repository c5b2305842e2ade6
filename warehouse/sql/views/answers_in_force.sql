-- The newest acknowledgement of each order line by the supplier that it was ordered from.
SELECT a.* FROM known_order_acknowledgements a
JOIN known_purchase_orders o ON o.po = a.po AND o.line = a.po_line AND o.supplier = a.supplier
QUALIFY row_number() OVER (PARTITION BY a.po, a.po_line
    ORDER BY a.acknowledged_on DESC, a.business_date DESC, a.acknowledgement DESC) = 1
