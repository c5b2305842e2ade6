-- Units by sku, location and state. open_proposals has what we exported and no ERP document shows.
-- Items with open documents of which receipts_ahead has none were set aside there, and are here.
WITH pairs AS (
    SELECT i.sku, i.location, l.region
    FROM known_item_locations i JOIN known_locations l USING (location)
    UNION
    SELECT s.sku, s.location, l.region FROM known_stock s JOIN known_locations l USING (location)
),
since AS (
    SELECT r.sku, r.location, sum(m.units) AS units, sum(m.damaged) AS damaged
    FROM known_stock_records r JOIN stock_movements m USING (sku, location)
    WHERE m.moved_at > r.read_until GROUP BY ALL
),
-- Pairs of which no record is believed: all of a location, or those whose own books break.
stopped AS (
    SELECT r.sku, r.location FROM known_stock_records r JOIN inventory.feeds f USING (location)
    WHERE f.business_date = getvariable('business_date') AND f.state = 'stopped'
    UNION
    SELECT sku, location FROM inventory.unbalanced_pairs
    WHERE business_date = getvariable('business_date')
),
sent AS (
    SELECT location, age_days FROM inventory.feeds
    WHERE business_date = getvariable('business_date') AND source = 'stock'
),
held AS (
    SELECT r.sku, r.location, r.held_on, r.on_hand AS recorded,
        coalesce(m.units, 0) AS moved_since, a.age_days,
        CASE WHEN x.sku IS NULL THEN greatest(r.on_hand + coalesce(m.units, 0), 0) END AS on_hand,
        CASE WHEN x.sku IS NULL THEN r.reserved END AS reserved,
        CASE WHEN x.sku IS NULL THEN r.damaged + coalesce(m.damaged, 0) END AS damaged
    FROM known_stock_records r LEFT JOIN sent a USING (location)
    LEFT JOIN since m USING (sku, location) LEFT JOIN stopped x USING (sku, location)
),
ahead AS (
    SELECT sku, location,
        sum(expected_units) FILTER (document_kind IN ('transfer', 'shipment')) AS in_transit,
        sum(expected_units) FILTER (document_kind = 'purchase_order') AS on_order
    FROM inventory.receipts_ahead WHERE business_date = getvariable('business_date') GROUP BY ALL
),
undated AS (
    SELECT sku FROM open_documents WHERE sku NOT IN (
        SELECT sku FROM inventory.receipts_ahead WHERE business_date = getvariable('business_date')
    )
),
proposed AS (SELECT sku, location, sum(inbound) AS inbound, sum(outbound) AS outbound FROM open_proposals GROUP BY ALL)
SELECT p.region, p.sku, p.location,
    s.on_hand::BIGINT AS on_hand, s.reserved, s.damaged::BIGINT AS damaged,
    coalesce(a.in_transit, 0)::BIGINT AS in_transit,
    coalesce(a.on_order, 0)::BIGINT AS on_order,
    coalesce(x.inbound, 0)::BIGINT AS proposed_inbound,
    coalesce(x.outbound, 0)::BIGINT AS proposed_outbound,
    -- greatest() passes over what is missing, and unknown stock is not zero.
    CASE WHEN s.on_hand IS NOT NULL THEN
        greatest(s.on_hand - s.reserved - s.damaged - coalesce(x.outbound, 0), 0)
    END::BIGINT AS available,
    s.held_on AS snapshot_date, s.recorded, s.moved_since::BIGINT AS moved_since,
    s.age_days::BIGINT AS record_age_days
FROM pairs p
LEFT JOIN held s USING (sku, location)
LEFT JOIN ahead a USING (sku, location)
LEFT JOIN proposed x USING (sku, location)
WHERE p.sku NOT IN (SELECT sku FROM undated)
