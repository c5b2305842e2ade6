-- Limits of the newest plan that lines share: those of the allocation and those of orders.
SELECT plan, "limit", scope, part, measure, capacity, used, used / nullif(capacity, 0) AS used_share,
    price
FROM (
    SELECT 'allocation' AS plan, "limit", scope, '' AS part, measure, capacity, used, price
    FROM plans.limit_prices WHERE business_date = (SELECT newest FROM newest_date)
    UNION ALL
    SELECT stage, "limit", location, scope, CASE WHEN "limit" = 'lines' THEN 'lines' ELSE 'units' END,
        capacity, used, price
    FROM plans.order_limit_prices WHERE business_date = (SELECT newest FROM newest_date)
)
