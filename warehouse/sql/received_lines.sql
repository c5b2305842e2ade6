-- Goods of suppliers that came so lately that they may not be paid yet. One without an order is taken
-- to be of the item's main supplier, at what the item costs.
SELECT r.receipt_id, r.line, r.sku, coalesce(o.supplier, p.supplier) AS supplier,
    r.timestamp::DATE AS received_on, r.received AS units,
    coalesce(o.unit_price, p.unit_cost) AS unit_price
FROM placed_receipts r
JOIN known_products p USING (sku)
LEFT JOIN known_purchase_orders o ON o.po = r.po AND o.line = r.po_line
WHERE r.received > 0 AND r.timestamp::DATE > getvariable('business_date')
    - greatest((SELECT max(payment_days) FROM known_suppliers), getvariable('payment_days'))::INT
ORDER BY r.receipt_id, r.line
