-- Terms on which each supplier sells an item to a node that it supplies when tonight's orders are placed,
-- in whatever currency, with the day on which it delivers: that of the order and the days it takes.
WITH timed AS (
    SELECT business_date, sku, location, supplier, lead_time_mean FROM supply.lead_times
    WHERE supplier IS NOT NULL
    UNION ALL
    SELECT business_date, sku, location, supplier, lead_time_mean FROM supply.other_lead_times
)
SELECT t.sku, t.location AS destination, t.supplier, s.unit_price, s.currency,
    s.order_multiple, s.minimum_order_quantity, v.minimum_order_value,
    getvariable('business_date') + 1 + ceil(t.lead_time_mean)::INT AS soonest_on,
    coalesce(substr(v.order_weekdays, isodow(getvariable('business_date') + 1)::INT, 1) = '1', true)
        AS takes_orders
FROM timed t
JOIN known_item_suppliers s ON s.sku = t.sku AND s.supplier = t.supplier
LEFT JOIN known_suppliers v ON v.supplier = t.supplier
WHERE t.business_date = getvariable('business_date')
    AND s.valid_from <= getvariable('business_date') + 1
    AND coalesce(s.valid_to, DATE '9999-12-31') > getvariable('business_date')
ORDER BY t.sku, destination, t.supplier
