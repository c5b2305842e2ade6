-- What is on its way to each item-location: open documents, and own exports no document shows yet.
-- The one place that says when goods come. What is overdue is taken to come on the next day.
WITH own AS (
    -- The units are those that netting leaves of what earlier nights have exported.
    SELECT x.sku, x.location, x.proposed_inbound AS units, min(e.due_on) AS due_on
    FROM plans.planning_pairs x
    LEFT JOIN exports.export_lines e ON e.sku = x.sku AND e.destination = x.location
        AND e.business_date < x.business_date AND e.due_on > x.business_date
    WHERE x.business_date = getvariable('business_date') AND x.proposed_inbound > 0
    GROUP BY ALL
),
shipped AS (
    SELECT po, po_line, sum(quantity) AS units FROM known_in_transit WHERE status = 'shipped' GROUP BY ALL
),
stated AS (
    SELECT 'transfer' AS source, sku, destination AS location, shipped_quantity AS units, expected_on AS due_on
    FROM known_transfers WHERE received_on IS NULL
    UNION ALL
    SELECT 'ship_notice', sku, destination, quantity, expected_on
    FROM known_in_transit WHERE status = 'shipped'
    UNION ALL
    -- As in the position: an order's open units are on their way once shipped, and count there.
    SELECT 'purchase_order', o.sku, o.destination,
        coalesce(o.confirmed_quantity, o.ordered_quantity) - o.delivered_quantity - coalesce(s.units, 0),
        coalesce(o.estimated_on, o.confirmed_on, o.requested_on)
    FROM known_purchase_orders o LEFT JOIN shipped s ON s.po = o.po AND s.po_line = o.line
    WHERE o.status IN ('open', 'confirmed', 'shipped')
    UNION ALL
    SELECT 'own_export', sku, location, units, due_on FROM own
)
SELECT source, sku, location, units::BIGINT AS units,
    greatest(coalesce(due_on, getvariable('business_date') + 1), getvariable('business_date') + 1) AS due_on
FROM stated WHERE units > 0
