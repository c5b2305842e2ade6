-- Order lines whose day has passed, as the model of delays learns from them: a row for the day asked
-- for, and one for the first one promised, and of the size that it was placed in. Lines whose dates contradict each other teach nothing.
SELECT o.record, o.po AS "order", o.line::BIGINT AS line, o.supplier, o.destination,
    s.origin, NULL::VARCHAR AS mode, o.sku AS item, p.category, o.ordered_on, o.stated_on AS due_on,
    w.units::DOUBLE AS units, w.worth, w.order_lines, w.order_worth,
    o.came_on AS known_on, (o.came_on - o.stated_on)::BIGINT AS days_late
FROM stated_orders o JOIN placed_orders w USING (po, line)
LEFT JOIN known_suppliers s USING (supplier) LEFT JOIN known_products p USING (sku)
WHERE o.stated_on <= getvariable('business_date')
    AND o.stated_on > getvariable('business_date') - getvariable('learnt_days')::INT
    AND o.stated_on - o.ordered_on BETWEEN 0 AND getvariable('window_days')::INT
    AND coalesce(o.came_on, getvariable('business_date'))
    BETWEEN o.ordered_on AND getvariable('business_date')
ORDER BY o.record, o.po, o.line
