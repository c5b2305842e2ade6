-- What the retailer has, by the state that it is in, as of the newest plan.
SELECT state, sum(units)::BIGINT AS units, round(sum((units * unit_cost)::DECIMAL(18, 4)), 2)::DOUBLE AS value
FROM (
    UNPIVOT (
        SELECT sku, location, unit_cost, available, reserved, damaged, in_transit, on_order,
            proposed_inbound AS proposed
        FROM plans.planning_pairs WHERE business_date = (SELECT newest FROM newest_date)
    ) ON available, reserved, damaged, in_transit, on_order, proposed INTO NAME state VALUE units
)
GROUP BY state
