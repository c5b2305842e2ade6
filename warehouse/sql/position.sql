-- Units by sku, location and state. open_proposals has what we exported and no ERP document shows.
WITH pairs AS (
    SELECT i.sku, i.location, l.region
    FROM known_item_locations i JOIN known_locations l USING (location)
    UNION
    SELECT s.sku, s.location, l.region FROM known_stock s JOIN known_locations l USING (location)
),
moving AS (
    SELECT sku, destination AS location, sum(shipped_quantity) AS units
    FROM known_transfers WHERE received_on IS NULL GROUP BY ALL
    UNION ALL
    SELECT sku, destination, sum(quantity) FROM known_in_transit WHERE status = 'shipped' GROUP BY ALL
),
transit AS (SELECT sku, location, sum(units) AS units FROM moving GROUP BY ALL),
shipped AS (
    SELECT po, po_line, sum(quantity) AS units FROM known_in_transit WHERE status = 'shipped' GROUP BY ALL
),
-- An order's open units are on their way once shipped, and count there: never in both places.
ordered AS (
    SELECT o.sku, o.destination AS location,
        sum(greatest(coalesce(o.confirmed_quantity, o.ordered_quantity) - o.delivered_quantity
            - coalesce(s.units, 0), 0)) AS units
    FROM known_purchase_orders o LEFT JOIN shipped s ON s.po = o.po AND s.po_line = o.line
    WHERE o.status IN ('open', 'confirmed', 'shipped') GROUP BY ALL
),
proposed AS (SELECT sku, location, sum(inbound) AS inbound, sum(outbound) AS outbound FROM open_proposals GROUP BY ALL)
SELECT p.region, p.sku, p.location,
    s.on_hand, s.reserved, s.damaged,
    coalesce(t.units, 0)::BIGINT AS in_transit,
    coalesce(o.units, 0)::BIGINT AS on_order,
    coalesce(x.inbound, 0)::BIGINT AS proposed_inbound,
    coalesce(x.outbound, 0)::BIGINT AS proposed_outbound,
    greatest(s.on_hand - s.reserved - s.damaged - coalesce(x.outbound, 0), 0)::BIGINT AS available,
    s.business_date AS snapshot_date
FROM pairs p
LEFT JOIN known_stock s USING (sku, location)
LEFT JOIN transit t USING (sku, location)
LEFT JOIN ordered o USING (sku, location)
LEFT JOIN proposed x USING (sku, location)
