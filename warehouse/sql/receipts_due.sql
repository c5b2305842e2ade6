-- What open documents bring to each item-location, and when; what is overdue is taken for tomorrow.
WITH shipped AS (
    SELECT po, po_line, sum(quantity) AS units FROM known_in_transit WHERE status = 'shipped' GROUP BY ALL
),
documents AS (
    SELECT sku, destination AS location, expected_on AS due_on, shipped_quantity AS units
    FROM known_transfers WHERE received_on IS NULL
    UNION ALL
    SELECT sku, destination, expected_on, quantity FROM known_in_transit WHERE status = 'shipped'
    UNION ALL
    SELECT o.sku, o.destination, coalesce(o.estimated_on, o.confirmed_on, o.requested_on),
        greatest(coalesce(o.confirmed_quantity, o.ordered_quantity) - o.delivered_quantity
            - coalesce(s.units, 0), 0)
    FROM known_purchase_orders o LEFT JOIN shipped s ON s.po = o.po AND s.po_line = o.line
    WHERE o.status IN ('open', 'confirmed', 'shipped')
)
SELECT sku, location, greatest(due_on, getvariable('business_date') + 1)::DATE AS due_on,
    sum(units)::BIGINT AS units
FROM documents GROUP BY ALL HAVING sum(units) > 0 ORDER BY ALL
