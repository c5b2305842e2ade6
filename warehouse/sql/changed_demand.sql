-- Item-locations of the cells in `off`, whose demand differs from its forecast by `change`, with what the
-- plan counts on until goods come.
SELECT o.kind, o.subject, p.region, p.department, p.category, p.kind AS channel, p.sku, p.location,
    o.change, t.demand_mean, t.inventory_position, t.underage_cost, t.overage_cost
FROM off o
JOIN plans.planning_pairs p ON p.business_date = getvariable('business_date') AND p.status = 'active'
    AND replace(p.category, '|', '/') || '|' || p.region || '|' || p.kind = o.subject
JOIN plans.targets t ON t.business_date = p.business_date AND t.sku = p.sku AND t.location = p.location
    AND NOT t.echelon AND t.inventory_position IS NOT NULL
WHERE o.kind IN ('demand_above', 'demand_below')
ORDER BY ALL
