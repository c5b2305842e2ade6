-- Lines of customers' orders that are behind their promise or will be, by the node that is to ship them;
-- `*` where none is. late_cost: what a late line costs.
WITH behind AS (
    SELECT coalesce(d.allocated_to, d.location, '*') AS location, d.sku, d.order_id, d.quantity,
        CASE WHEN d.decision = 'open' THEN greatest(d.otherwise, 0) ELSE getvariable('late_cost') END AS money
    FROM plans.order_decisions d
    WHERE d.business_date = getvariable('business_date')
        AND (d.promised_on <= getvariable('business_date') OR d.arrives_on > d.promised_on
            OR d.due_on > d.promised_on)
)
SELECT 'backlog' AS kind, b.location AS subject, l.region, p.department, p.category, l.kind AS channel,
    NULL::VARCHAR AS supplier, CASE WHEN count(DISTINCT b.order_id) = 1 THEN min(b.order_id) END AS document,
    b.sku, b.location, 'short' AS side, sum(b.quantity)::DOUBLE AS units_at_risk,
    round(exact_sum(b.money), 9) AS money_at_risk
FROM behind b
JOIN known_products p USING (sku)
LEFT JOIN known_locations l ON l.location = b.location
GROUP BY b.location, l.region, p.department, p.category, l.kind, b.sku
ORDER BY ALL
