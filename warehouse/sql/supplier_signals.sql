-- Item-locations whose open orders are expected later than they state, and those of whose orders fewer
-- units come than were ordered.
WITH late AS (
    SELECT o.supplier, o.sku, o.destination AS location, sum(o.units)::DOUBLE AS units,
        exact_sum(coalesce(o.margin_at_risk_together, o.margin_at_risk)) AS money,
        CASE WHEN count(DISTINCT o.document) = 1 THEN min(o.document) END AS document
    FROM plans.order_risks o
    JOIN inventory.receipts_ahead r ON r.business_date = o.business_date
        AND r.document_kind = o.document_kind AND r.document = o.document AND r.line = o.line
    WHERE o.business_date = getvariable('business_date')
        AND (r.due_on > r.stated_on OR r.overdue_days > 0)
    GROUP BY ALL
),
lines AS (
    SELECT o.supplier, o.sku, o.destination AS location, o.po,
        o.ordered_quantity - w.confirmed_quantity AS units
    FROM known_purchase_orders o JOIN worded_orders w ON w.po = o.po AND w.line = o.line
    WHERE o.status IN ('open', 'confirmed', 'shipped') AND w.confirmed_quantity < o.ordered_quantity
    UNION ALL
    SELECT supplier, sku, destination, po, ordered_quantity - delivered_quantity
    FROM known_purchase_orders
    WHERE status = 'received' AND delivered_quantity < ordered_quantity
        AND delivered_on > getvariable('business_date') - 7
),
short AS (
    SELECT l.supplier, l.sku, l.location, sum(l.units)::DOUBLE AS units,
        sum(l.units) * t.underage_cost * t.stock_out_chance AS money,
        CASE WHEN count(DISTINCT l.po) = 1 THEN min(l.po) END AS document
    FROM lines l LEFT JOIN plans.targets t ON t.sku = l.sku AND t.location = l.location
        AND t.business_date = getvariable('business_date')
    GROUP BY l.supplier, l.sku, l.location, t.underage_cost, t.stock_out_chance
),
found AS (
    SELECT 'supplier_delay' AS kind, * FROM late UNION ALL BY NAME SELECT 'order_short' AS kind, * FROM short
)
SELECT f.kind, f.supplier AS subject, p.region, p.department, p.category, p.kind AS channel, f.supplier,
    f.document, f.sku, f.location, 'short' AS side, f.units AS units_at_risk,
    round(f.money, 9) AS money_at_risk
FROM found f JOIN plans.planning_pairs p ON p.sku = f.sku AND p.location = f.location
    AND p.business_date = getvariable('business_date')
ORDER BY ALL
