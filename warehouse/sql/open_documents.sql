-- Document lines that will bring goods, each unit once. A line is done with as many units as its own
-- figure or receipts say, whichever is more; what its ship notices still carry is theirs.
-- open_proposals has the lines that we exported and no document of the ERP shows; what we called off
-- no longer comes, though the order still says so. asked has what was asked of order lines: of one that
-- was asked to be split, a word on one part moves and cuts nothing of the other, and until the
-- order itself has two lines all of it counts on the day of the rest.
WITH booked AS (
    SELECT po, po_line AS line, sum(received + rejected) AS units FROM placed_receipts GROUP BY ALL
),
halved AS (
    SELECT s.po, s.po_line AS line, s.acknowledgement, s.rest_on,
        coalesce(k.confirmed_quantity, k.ordered_quantity) - s.short AS units
    FROM split_answers s JOIN known_purchase_orders k ON k.po = s.po AND k.line = s.po_line
    WHERE s.part <> 'line'
),
worded AS (
    SELECT o.* REPLACE (
        CASE WHEN h.po IS NULL THEN o.estimated_on ELSE h.rest_on END AS estimated_on,
        coalesce(h.units, o.confirmed_quantity) AS confirmed_quantity)
    FROM worded_orders o LEFT JOIN halved h USING (po, line, acknowledgement)
),
ordered AS (
    SELECT o.po, o.line, o.supplier, o.sku, o.destination, o.ordered_on, o.status,
        coalesce(o.estimated_on, o.confirmed_on) AS promised_on, o.requested_on,
        coalesce(o.confirmed_quantity, o.ordered_quantity) AS wanted,
        greatest(o.confirmed_quantity, o.ordered_quantity) AS most,
        o.confirmed_quantity < o.ordered_quantity AS confirmed_short,
        greatest(o.delivered_quantity, coalesce(b.units, 0)) AS done
    FROM worded o LEFT JOIN booked b USING (po, line)
),
notices AS (
    SELECT n.*, o.po IS NOT NULL AS has_order, o.confirmed_short,
        -- Of a line that is done nothing is on its way, whatever a notice says.
        CASE WHEN o.status = 'received' OR o.done >= o.wanted THEN 0
            ELSE o.most - o.done - coalesce(sum(n.quantity) OVER earlier, 0) END AS owed
    FROM placed_notices n LEFT JOIN ordered o ON o.po = n.po AND o.line = n.po_line
    WHERE n.status = 'shipped'
    WINDOW earlier AS (PARTITION BY n.po, n.po_line ORDER BY n.expected_on, n.shipment_id, n.line
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
shipped AS (
    SELECT *, CASE WHEN has_order THEN greatest(least(quantity, owed), 0) ELSE quantity END AS units
    FROM notices
),
carried AS (SELECT po, po_line AS line, sum(units) AS units FROM shipped GROUP BY ALL),
called_off AS (
    SELECT json_extract_string(details, '$.po') AS po,
        json_extract_string(details, '$.po_line')::BIGINT AS line, sum(open_units) AS units
    FROM open_proposals WHERE inbound < 0 GROUP BY ALL
),
documents AS (
    SELECT CASE WHEN promised_on IS NULL THEN 'order_asked' ELSE 'order_promised' END AS record,
        supplier AS sender, sku, destination AS location, 'purchase_order' AS document_kind,
        po AS document, line, supplier, ordered_on,
        coalesce(promised_on, requested_on) AS stated_on,
        wanted - done - coalesce(c.units, 0) - coalesce(x.units, 0) AS units, confirmed_short
    FROM ordered LEFT JOIN carried c USING (po, line) LEFT JOIN called_off x USING (po, line)
    WHERE status IN ('open', 'confirmed', 'shipped')
    UNION ALL
    SELECT 'ship_notice', supplier, sku, destination, 'shipment', shipment_id, line, supplier,
        shipped_on, expected_on, units, confirmed_short FROM shipped
    UNION ALL
    -- Nobody sends twice what he can have had; where no record knows of any, what is stated counts.
    SELECT 'transfer', origin, sku, destination, 'transfer', transfer_id, line, NULL, shipped_on, expected_on,
        CASE WHEN m.units > 0 AND shipped_quantity > 2 * m.units THEN m.units ELSE shipped_quantity END, NULL
    FROM known_transfers LEFT JOIN sent_at_most m USING (sku, origin) WHERE received_on IS NULL
    UNION ALL
    SELECT CASE WHEN supplier IS NULL THEN 'transfer' ELSE 'order_asked' END,
        coalesce(supplier, origin), sku, destination, 'proposal', action_id, 1, supplier,
        business_date, due_on, open_units * inbound, NULL FROM open_proposals
)
SELECT d.record, d.sender, l.region, d.sku, d.location, d.document_kind, d.document,
    d.line::BIGINT AS line, d.supplier, d.ordered_on, d.stated_on, d.units::BIGINT AS units,
    d.confirmed_short
FROM documents d JOIN known_locations l USING (location)
WHERE d.units > 0
ORDER BY document_kind, document, line
