-- What became of the lines of every business date: answers of the ERP, and documents that refer to them.
WITH documents AS (
    SELECT proposal_ref, sum(ordered_quantity) AS units FROM known_purchase_orders
    WHERE proposal_ref IS NOT NULL AND status <> 'cancelled' GROUP BY ALL
    UNION ALL
    SELECT proposal_ref, sum(shipped_quantity) FROM known_transfers
    WHERE proposal_ref IS NOT NULL GROUP BY ALL
),
shown AS (SELECT proposal_ref AS action_id, sum(units) AS units FROM documents GROUP BY ALL)
SELECT e.business_date, e.kind, count(*) AS lines, sum(e.quantity)::BIGINT AS units,
    count(coalesce(a.status, CASE WHEN c.status = 'accepted' THEN c.status END)) AS answered,
    count(*) FILTER (a.status = 'rejected') AS refused,
    count(*) FILTER (a.status IS DISTINCT FROM 'rejected' AND c.status = 'accepted') AS cancelled,
    count(s.action_id) AS shown_lines, coalesce(sum(s.units), 0)::BIGINT AS shown_units
FROM exports.export_lines e
LEFT JOIN known_acknowledgements a USING (idempotency_key)
LEFT JOIN exports.cancel_lines x ON x.cancels = e.idempotency_key
LEFT JOIN known_acknowledgements c ON c.idempotency_key = x.idempotency_key
LEFT JOIN shown s ON s.action_id = e.action_id
GROUP BY ALL
