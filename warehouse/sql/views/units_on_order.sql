-- Units that suppliers are asked for by orders that have not been shipped, by the day on which each is
-- expected: a line takes the units that it asks for, though its supplier may leave some short, as far as it
-- still comes. What was moved of late is asked for on its new day before any document says so; pending_moves
-- has those lines.
WITH open AS (
    SELECT r.supplier, r.sku, r.due_on, r.chance, m.due_on AS moved_on, r.units,
        least(coalesce(m.quantity, 0), r.units) AS moved
    FROM inventory.receipts_ahead r
    LEFT JOIN pending_moves m ON r.document_kind = 'purchase_order'
        AND m.po = r.document AND m.po_line = r.line
    WHERE r.business_date = getvariable('business_date')
        AND r.document_kind IN ('purchase_order', 'proposal') AND r.supplier IS NOT NULL
)
SELECT supplier, sku, due_on, round((units - moved) * chance)::BIGINT AS units FROM open
UNION ALL
SELECT supplier, sku, greatest(moved_on, getvariable('business_date') + 1),
    round(moved * chance)::BIGINT FROM open WHERE moved > 0
