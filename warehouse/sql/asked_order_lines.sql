-- Open order lines that are due later, as the model of delays is asked about them: by the day that
-- stands in open_documents now, where it can be believed.
SELECT d.record, d.document AS "order", d.line, d.supplier, d.location AS destination,
    s.origin, NULL::VARCHAR AS mode, d.sku AS item, p.category, d.ordered_on, d.stated_on AS due_on,
    o.ordered_quantity::DOUBLE AS units, o.ordered_quantity * o.unit_price AS worth,
    getvariable('business_date') AS judged_on
FROM documents d JOIN known_purchase_orders o ON o.po = d.document AND o.line = d.line
LEFT JOIN known_suppliers s ON s.supplier = d.supplier LEFT JOIN known_products p ON p.sku = d.sku
WHERE d.document_kind = 'purchase_order' AND d.stated_on > getvariable('business_date')
    AND d.stated_on - d.ordered_on BETWEEN 0 AND getvariable('window_days')::INT
ORDER BY "order", d.line
