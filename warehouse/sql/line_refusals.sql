-- Nodes that refused lines of customers' orders which are still looked at, by reason, with the day on which
-- each said so last. seen_since: the node has counted the item or got units of it since, which says
-- what it has; or the OMS has given it the line anew. An OMS that does not say when did so on
-- the day of its file.
WITH asked AS (
    SELECT order_id, line, status, location, allocated_at, business_date FROM known_online_orders
    WHERE status IN ('open', 'allocated')
        OR status = 'shipped' AND allocated_at::DATE = getvariable('business_date')
),
refused AS (
    SELECT r.order_id, r.line, r.sku, r.location, r.reason, max(r.refused_at) AS refused_at,
        bool_or(coalesce(a.status <> 'open' AND a.location = r.location
            AND coalesce(a.allocated_at > r.refused_at, a.business_date > r.refused_at::DATE), FALSE)) AS given_anew
    FROM known_node_refusals r JOIN asked a ON a.order_id = r.order_id AND a.line = r.line
    GROUP BY r.order_id, r.line, r.sku, r.location, r.reason
)
SELECT r.order_id, r.line, r.location, r.reason, max(r.refused_at)::DATE AS refused_on,
    bool_and(r.given_anew OR coalesce(s.moment > r.refused_at, FALSE)) AS seen_since
FROM refused r
LEFT JOIN (
    SELECT sku, location, max(moment) AS moment FROM sightings
    SEMI JOIN refused USING (sku, location) GROUP BY ALL
) s ON s.sku = r.sku AND s.location = r.location
GROUP BY ALL ORDER BY ALL
