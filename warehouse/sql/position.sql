-- Units by sku, location and state. open_proposals has what we exported and no ERP document shows.
WITH pairs AS (
    SELECT i.sku, i.location, l.region
    FROM known_item_locations i JOIN known_locations l USING (location)
    UNION
    SELECT s.sku, s.location, l.region FROM known_stock s JOIN known_locations l USING (location)
),
ahead AS (
    SELECT sku, location,
        sum(expected_units) FILTER (document_kind IN ('transfer', 'shipment')) AS in_transit,
        sum(expected_units) FILTER (document_kind = 'purchase_order') AS on_order
    FROM inventory.receipts_ahead WHERE business_date = getvariable('business_date') GROUP BY ALL
),
proposed AS (SELECT sku, location, sum(inbound) AS inbound, sum(outbound) AS outbound FROM open_proposals GROUP BY ALL)
SELECT p.region, p.sku, p.location,
    s.on_hand, s.reserved, s.damaged,
    coalesce(a.in_transit, 0)::BIGINT AS in_transit,
    coalesce(a.on_order, 0)::BIGINT AS on_order,
    coalesce(x.inbound, 0)::BIGINT AS proposed_inbound,
    coalesce(x.outbound, 0)::BIGINT AS proposed_outbound,
    greatest(s.on_hand - s.reserved - s.damaged - coalesce(x.outbound, 0), 0)::BIGINT AS available,
    s.business_date AS snapshot_date
FROM pairs p
LEFT JOIN known_stock s USING (sku, location)
LEFT JOIN ahead a USING (sku, location)
LEFT JOIN proposed x USING (sku, location)
