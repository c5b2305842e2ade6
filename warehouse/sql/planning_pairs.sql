-- Every pair of the assortment with all that planning asks about it, its position included.
WITH moved AS (
    -- Moved sideways lately; what a DC sent is no reason to keep goods where nobody buys them.
    SELECT DISTINCT t.sku, t.location FROM (
        SELECT sku, origin, destination AS location, received_on AS day FROM known_transfers
        UNION ALL SELECT sku, origin, origin, shipped_on FROM known_transfers
    ) t JOIN known_locations o ON o.location = t.origin AND o.kind <> 'dc'
    WHERE day > getvariable('business_date') - getvariable('recent_days')::INT
),
priced_alone AS (
    SELECT DISTINCT sku, location FROM own_prices
    WHERE coalesce(valid_to, DATE '9999-12-31') > getvariable('business_date')
)
SELECT i.sku, i.location, l.region,
    CASE WHEN o.sku IS NOT NULL THEN i.location ELSE l.price_zone END AS price_zone, l.kind, p.style, p.colour, p.size,
    p.department, p.category, p.currency,
    -- An item past its exit is not replenished, whatever the flag says.
    CASE WHEN coalesce(p.exit_date, DATE '9999-12-31') <= getvariable('business_date') THEN 'exited'
         WHEN coalesce(l.closed_on, DATE '9999-12-31') <= getvariable('business_date') + 1 THEN 'closed'
         ELSE i.status END AS status,
    i.service_class,
    least(greatest(i.presentation_min, h.least_level), h.most_level) AS presentation_min,
    least(i.shelf_max, h.most_level) AS shelf_max, i.presentation_min AS own_presentation_min, i.supply_location, p.supplier,
    p.unit_cost, p.list_price AS unit_price, p.case_pack, p.volume, l.priority,
    l.receiving_capacity, l.receiving_volume, l.outbound_capacity, l.unit_capacity, l.closed_on,
    x.on_hand, x.reserved, x.damaged, x.available, x.in_transit, x.on_order, x.proposed_inbound,
    x.proposed_outbound, x.snapshot_date,
    t.lead_time_mean, t.lead_time_sd, t.review_days,
    -- A lane's transit is agreed; a supplier's lead time without any line due is the contract's.
    t.origin IS NOT NULL OR coalesce(c.order_lines, 0) > 0 AS lead_time_observed,
    n.order_weekdays, l.open_weekdays, coalesce(n.unit_cost, 0) AS handling_cost,
    t.next_receipt_days,
    y.yield_mean, y.yield_sd, p.shelf_life_days, p.least_remaining_days, p.exit_date,
    -- Nothing sells at a location before it opens.
    greatest(p.launch_date, l.opened_on) AS launch_date,
    m.sku IS NOT NULL AS recently_moved, h.level_change
FROM known_item_locations i
JOIN locations_in_force l USING (location)
JOIN products_in_force p USING (sku)
-- What is not there was set aside.
JOIN inventory.position x ON x.sku = i.sku AND x.location = i.location
    AND x.business_date = getvariable('business_date')
LEFT JOIN supply.lead_times t ON t.sku = i.sku AND t.location = i.location
    AND t.business_date = getvariable('business_date')
LEFT JOIN known_lanes n ON n.origin = t.origin AND n.destination = i.location
LEFT JOIN supply.supplier_scorecard c ON c.supplier = t.supplier
    AND c.business_date = getvariable('business_date')
LEFT JOIN supply.supplier_yields y ON y.supplier = t.supplier
    AND y.business_date = getvariable('business_date')
LEFT JOIN moved m ON m.sku = i.sku AND m.location = i.location
LEFT JOIN plans.changed_levels h ON h.sku = i.sku AND h.location = i.location
    AND h.business_date = getvariable('business_date')
LEFT JOIN priced_alone o ON o.sku = i.sku AND o.location = i.location
ORDER BY i.sku, i.location
