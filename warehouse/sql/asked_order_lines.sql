-- Open order lines that are due later, as the model of delays is asked about them: by the day that
-- stands in open_documents now, where it can be believed, and of the size that it was placed in.
SELECT d.record, d.document AS "order", d.line, d.supplier, d.location AS destination,
    s.origin, NULL::VARCHAR AS mode, d.sku AS item, p.category, d.ordered_on, d.stated_on AS due_on,
    w.units::DOUBLE AS units, w.worth, w.order_lines, w.order_worth,
    getvariable('business_date') AS judged_on
FROM documents d JOIN placed_orders w ON w.po = d.document AND w.line = d.line
LEFT JOIN known_suppliers s ON s.supplier = d.supplier LEFT JOIN known_products p ON p.sku = d.sku
WHERE d.document_kind = 'purchase_order' AND d.stated_on > getvariable('business_date')
    AND d.stated_on - d.ordered_on BETWEEN 0 AND getvariable('window_days')::INT
ORDER BY "order", d.line
