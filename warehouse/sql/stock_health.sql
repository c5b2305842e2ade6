-- Stock against target by region and department: pairs of places that sell; units of every node.
SELECT region, department,
    count(*) FILTER (counted) AS pairs,
    count(*) FILTER (state = 'unknown') AS unknown,
    count(*) FILTER (state = 'out') AS out_of_stock,
    count(*) FILTER (state = 'about_to_be_out') AS about_to_be_out,
    count(*) FILTER (state = 'before_launch') AS before_launch,
    count(*) FILTER (below_target) AS below_target,
    count(*) FILTER (above_target) AS above_target,
    coalesce(sum(on_hand), 0)::BIGINT AS units,
    round(coalesce(exact_sum(stock_value), 0), 2) AS stock_value,
    round(sum(on_hand) / nullif(exact_sum(daily_demand), 0), 1) AS days_of_cover,
    round(coalesce(exact_sum(CASE WHEN state = 'out' THEN margin_a_day END), 0), 2) AS margin_a_day
FROM item_location_metrics WHERE replenished
GROUP BY ALL ORDER BY ALL
