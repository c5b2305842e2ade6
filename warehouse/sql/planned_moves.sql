-- Units that tonight's plans bring and take, by day: what moves leaves the day after the business date
-- and comes after the lane's transit days; what is ordered comes on the day asked for.
WITH moved AS (
    SELECT sku, origin, destination, quantity FROM plans.allocation
    WHERE business_date = getvariable('business_date')
    UNION ALL
    SELECT sku, origin, destination, quantity FROM plans.transfers_plan
    WHERE business_date = getvariable('business_date')
),
lines AS (
    SELECT sku, origin AS location, getvariable('business_date') + 1 AS day, 0 AS planned_in,
        quantity AS planned_out FROM moved
    UNION ALL
    SELECT m.sku, m.destination, getvariable('business_date') + 1 + n.transit_days::INT, m.quantity, 0
    FROM moved m JOIN known_lanes n USING (origin, destination)
    UNION ALL
    SELECT sku, destination, requested_on, quantity, 0 FROM plans.purchase_plan
    WHERE business_date = getvariable('business_date')
)
SELECT sku, location, day, sum(planned_in)::BIGINT AS planned_in,
    sum(planned_out)::BIGINT AS planned_out
FROM lines GROUP BY ALL ORDER BY ALL
