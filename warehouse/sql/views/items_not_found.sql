-- Item-locations that a node looked for in vain for a customer since it counted them or got units.
SELECT n.sku, n.location
FROM (
    SELECT sku, location, max(refused_at) AS refused_at FROM known_node_refusals
    WHERE reason = 'not_found' GROUP BY ALL
) n
LEFT JOIN (SELECT sku, location, max(moment) AS moment FROM sightings GROUP BY ALL) s
    ON s.sku = n.sku AND s.location = n.location
WHERE coalesce(n.refused_at > s.moment, TRUE)
