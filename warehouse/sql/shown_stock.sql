-- What chosen item-locations hold, aim at and must show.
SELECT p.sku, p.location, s.on_hand, s.reserved, s.damaged, s.in_transit, s.on_order, s.available,
    s.record_age_days, t.inventory_position, t.order_up_to, t.binding AS level_binding, t.service_class, t.protection_days,
    t.demand_mean, p.presentation_min, p.shelf_max, p.supply_location
FROM plans.planning_pairs p SEMI JOIN chosen c ON c.sku = p.sku AND c.location = p.location
LEFT JOIN inventory.position s
    ON s.business_date = p.business_date AND s.sku = p.sku AND s.location = p.location
LEFT JOIN plans.targets t
    ON t.business_date = p.business_date AND t.sku = p.sku AND t.location = p.location
WHERE p.business_date = getvariable('business_date')
ORDER BY p.sku, p.location
