-- What each place holds of each item, and the node whose echelon sells it: that of a place which is
-- replenished is its DC's, any other place sells for itself. backorder_kinds has the kinds of
-- locations at which customers wait.
SELECT x.sku, x.location, n.location AS node, n.region, b.kind IS NOT NULL AS waits, x.on_hand,
    -- greatest() passes over what is missing, and unknown stock is not zero.
    CASE WHEN x.on_hand IS NOT NULL THEN greatest(x.on_hand - x.reserved - x.damaged, 0) END AS sellable
FROM inventory.position x
LEFT JOIN plans.planning_pairs g ON g.sku = x.sku AND g.location = x.location
    AND g.business_date = getvariable('business_date')
JOIN locations_in_force n
    ON n.location = CASE WHEN g.status = 'active' THEN coalesce(g.supply_location, x.location)
        ELSE x.location END
LEFT JOIN backorder_kinds b ON b.kind = n.kind
WHERE x.business_date = getvariable('business_date')
ORDER BY x.sku, x.location
