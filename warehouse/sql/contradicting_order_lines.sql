-- Customers' order lines not yet shipped whole whose figures contradict each other, with what is wrong:
-- what is still to be shipped of them, or where, nobody knows.
WITH told AS (
    SELECT order_id, line, max(shipped_units) AS most FROM known_online_order_history
    GROUP BY ALL
)
SELECT o.order_id, o.line, o.sku, o.quantity, o.shipped_units, o.location, o.collect_at,
    CASE WHEN o.status = 'allocated' AND o.location IS NULL THEN 'allocated, and no node is named'
         WHEN o.shipped_units > o.quantity
             THEN format('{} units have left of {}', o.shipped_units, o.quantity)
         WHEN o.shipped_units IS NULL AND t.most > 0
             THEN format('nobody says how many units have left, where {} had before', t.most)
         WHEN t.most > o.shipped_units
             THEN format('{} units have left, where {} had before', o.shipped_units, t.most)
         WHEN c.closed_on <= getvariable('business_date') + 1
             THEN format('to be collected at {}, which closes on {}', o.collect_at, c.closed_on)
    END AS problem
FROM known_online_orders o
JOIN told t USING (order_id, line)
LEFT JOIN locations_in_force c ON c.location = o.collect_at
WHERE o.status IN ('open', 'allocated') AND problem IS NOT NULL
    AND EXISTS (SELECT 1 FROM known_shipping_rates)
    AND EXISTS (SELECT 1 FROM known_node_capacities)
ORDER BY o.order_id, o.line
