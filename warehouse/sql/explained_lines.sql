-- Document lines that were to bring goods to each stock of `stocks` by its day `until`, with what the plan
-- of the night `since` counted on, and what of them came. A ship notice stands for its order line.
WITH members AS (
    SELECT stock, sku, location, echelon, since, until FROM stocks
    UNION
    SELECT s.stock, s.sku, i.location, s.echelon, s.since, s.until
    FROM stocks s JOIN known_item_locations i ON i.sku = s.sku AND i.supply_location = s.location
    WHERE s.echelon
),
notices AS (SELECT shipment_id, line, po, po_line FROM placed_notices),
ahead AS (
    SELECT a.business_date, a.sku, a.location, a.supplier, a.stated_on, a.expected_units AS units,
        CASE WHEN n.po IS NOT NULL THEN 'purchase_order' ELSE a.document_kind END AS document_kind,
        coalesce(n.po, a.document) AS document, coalesce(n.po_line, a.line) AS line
    FROM inventory.receipts_ahead a LEFT JOIN notices n
        ON a.document_kind = 'shipment' AND n.shipment_id = a.document AND n.line = a.line
    WHERE a.business_date >= getvariable('first_night')
),
-- Of an echelon, what comes from suppliers.
promised AS (
    SELECT m.stock, m.since, m.until, a.document_kind, a.document, a.line,
        min(a.supplier) AS supplier, min(a.stated_on) AS stated_on, sum(a.units) AS units
    FROM members m JOIN ahead a ON a.business_date = m.since AND a.sku = m.sku
        AND a.location = m.location AND a.stated_on <= m.until
    WHERE a.units > 0 AND (NOT m.echelon OR a.supplier IS NOT NULL)
    GROUP BY ALL
),
came AS (
    SELECT p.stock, p.document_kind, p.document, p.line, sum(r.received) AS units
    FROM promised p JOIN placed_receipts r ON p.document_kind = 'purchase_order' AND r.po = p.document
        AND r.po_line = p.line AND r.timestamp::DATE > p.since AND r.timestamp::DATE <= p.until
    GROUP BY ALL
    UNION ALL
    SELECT p.stock, p.document_kind, p.document, p.line, sum(t.received_quantity)
    FROM promised p JOIN known_transfers t ON p.document_kind = 'transfer'
        AND t.transfer_id = p.document AND t.line = p.line
        AND t.received_on > p.since AND t.received_on <= p.until
    GROUP BY ALL
),
still AS (SELECT DISTINCT business_date, document_kind, document, line FROM ahead)
SELECT p.stock, p.document_kind, p.document, p.line, p.supplier, p.stated_on, p.units::BIGINT AS units,
    CASE WHEN p.document_kind <> 'proposal' THEN coalesce(c.units, 0) END::BIGINT AS arrived,
    s.line IS NOT NULL AS still_open
FROM promised p LEFT JOIN came c USING (stock, document_kind, document, line)
LEFT JOIN still s ON s.business_date = p.until AND s.document_kind = p.document_kind
    AND s.document = p.document AND s.line = p.line
ORDER BY ALL
