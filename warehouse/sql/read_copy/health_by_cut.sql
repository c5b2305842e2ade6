-- How many item-locations run short by the newest plan, and what that loses, cut in several ways.
WITH pairs AS (
    SELECT sku, location AS node, kind AS channel, region, department, service_class,
        on_hand * unit_cost AS stock_value
    FROM plans.planning_pairs
    WHERE business_date = (SELECT newest FROM newest_date) AND status = 'active' AND kind <> 'dc'
),
short AS (
    SELECT sku, location AS node, state, lost_margin FROM analysis.projected_stock_outs
    WHERE state IN ('out', 'about_to_be_out')
)
SELECT CASE WHEN grouping(channel) = 0 THEN 'channel' WHEN grouping(region) = 0 THEN 'region'
        WHEN grouping(department) = 0 THEN 'department'
        WHEN grouping(service_class) = 0 THEN 'service class'
        WHEN grouping(node) = 0 THEN 'node' ELSE 'all' END AS cut,
    coalesce(channel, region, department, service_class, node, '') AS name,
    count(*) AS item_locations,
    count(*) FILTER (state = 'out') AS out_of_stock,
    count(*) FILTER (state = 'about_to_be_out') AS about_to_be_out,
    round(coalesce(sum(lost_margin::DECIMAL(18, 4)), 0), 2)::DOUBLE AS lost_margin,
    round(coalesce(sum(stock_value::DECIMAL(18, 4)), 0), 2)::DOUBLE AS stock_value
FROM pairs LEFT JOIN short USING (sku, node)
GROUP BY GROUPING SETS ((), (channel), (region), (department), (service_class), (node))
-- Without a plan there is nothing, not even of all.
HAVING count(*) > 0
