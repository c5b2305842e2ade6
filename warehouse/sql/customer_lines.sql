-- Lines of customers' orders that have not left whole, or were both allocated and shipped on the day;
-- none while no carrier's rate and no node's capacity was ever sent: then nobody asks us which node
-- ships. pending has the lines that we asked a node for (order_id, order_line, origin) and the OMS has
-- not refused: they wait until it shows them there; overtaken those of which a newer row waits in
-- quarantine: what holds of them nobody knows. contradicting has those whose own figures contradict each
-- other. Both are left to the OMS, and where one is allocated its node is still busy with it.
WITH telling AS (
    SELECT count(picked_at) > 0 AS picks FROM known_online_orders
),
looked_at AS (
    SELECT *, coalesce(shipped_units, 0) AS gone, status = 'shipped' AS has_left,
        -- What is collected nobody says where stays with the OMS.
        collect_at IS NULL AND channel = 'click_and_collect' AS place_unclear
    FROM known_online_orders o
    WHERE (status IN ('open', 'allocated') AND quantity > coalesce(shipped_units, 0)
            OR status = 'shipped' AND allocated_at::DATE = getvariable('business_date'))
        AND EXISTS (SELECT 1 FROM known_shipping_rates)
        AND EXISTS (SELECT 1 FROM known_node_capacities)
),
asked AS (
    SELECT *,
        NOT place_unclear
        AND NOT EXISTS (FROM overtaken v WHERE v.order_id = o.order_id AND v.line = o.line)
        AND NOT EXISTS (FROM contradicting v WHERE v.order_id = o.order_id AND v.line = o.line)
        AND NOT EXISTS (
            FROM pending w WHERE w.order_id = o.order_id AND w.order_line = o.line
                AND NOT (o.status = 'allocated' AND o.location = w.origin)
        )
        -- What he took instead is on its way, or the OMS is about to send it.
        AND NOT EXISTS (
            FROM known_substitution_outcomes a
            WHERE a.order_id = o.order_id AND a.line = o.line AND a.outcome = 'accepted'
        ) AS choosable
    FROM looked_at o
)
SELECT o.order_id, o.line, o.sku, CASE WHEN has_left THEN quantity ELSE quantity - gone END AS quantity,
    o.region, o.collect_at, o.place_unclear, o.promised_on, CASE WHEN o.status <> 'open' THEN o.location END AS allocated_to,
    -- An OMS that does not say when has decided on the day whose file first shows it.
    CASE WHEN o.status <> 'open' THEN coalesce(o.allocated_at::DATE, o.business_date) END
        AS allocated_on,
    has_left, choosable,
    choosable AND (o.status = 'open' OR NOT has_left AND t.picks AND o.picked_at IS NULL AND gone = 0)
        AS movable,
    coalesce(CASE WHEN coalesce(o.currency, p.currency) = p.currency THEN o.unit_price END,
        nullif(p.list_price, 0)) AS unit_price,
    o.unit_price IS NOT NULL AND coalesce(o.currency, p.currency) <> p.currency AS price_foreign, p.unit_cost, p.volume, p.weight
FROM asked o CROSS JOIN telling t JOIN known_products p USING (sku)
ORDER BY o.order_id, o.line
