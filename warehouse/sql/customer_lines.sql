-- Lines of customers' orders that have not left whole; none while no carrier's rate and no node's
-- capacity was ever sent: then nobody asks us which node ships. pending has the lines that we asked a node
-- for (order_id, order_line, origin) and the OMS has not refused: they wait until it shows them there;
-- overtaken those of which a newer row waits in quarantine: what holds of them nobody knows.
WITH telling AS (
    SELECT count(picked_at) > 0 AS picks FROM known_online_orders
)
SELECT o.order_id, o.line, o.sku, o.quantity - coalesce(o.shipped_units, 0) AS quantity, o.region,
    o.promised_on, CASE WHEN o.status = 'allocated' THEN o.location END AS allocated_to,
    o.allocated_at::DATE AS allocated_on,
    NOT EXISTS (
        FROM pending w WHERE w.order_id = o.order_id AND w.order_line = o.line
            AND NOT (o.status = 'allocated' AND o.location = w.origin)
    ) AND (o.status = 'open' OR (t.picks AND o.picked_at IS NULL AND coalesce(o.shipped_units, 0) = 0))
    -- Who collects chose the store.
    AND o.channel <> 'click_and_collect' AS movable,
    coalesce(o.unit_price, nullif(p.list_price, 0)) AS unit_price, p.unit_cost, p.volume, p.weight
FROM known_online_orders o CROSS JOIN telling t JOIN known_products p USING (sku)
WHERE o.status IN ('open', 'allocated') AND o.quantity > coalesce(o.shipped_units, 0)
    AND NOT EXISTS (
        FROM overtaken v WHERE v.order_id = o.order_id AND v.line = o.line
    )
    AND EXISTS (SELECT 1 FROM known_shipping_rates) AND EXISTS (SELECT 1 FROM known_node_capacities)
ORDER BY o.order_id, o.line
