-- The metrics of the whole retailer: parts of the views that define them summed, ratios taken of the sums.
WITH figures AS (
    SELECT 1 AS place, 'stock_turns' AS metric, 'Turns of stock a year' AS words, 'a year' AS unit,
        365 * sum(cost_of_sales) / nullif(sum(stock_days), 0) AS value,
        count(*) FILTER (stock_days > 0) AS basis, 'categories by region' AS counted, 'stock_turns' AS view
    FROM analysis.stock_turns
    UNION ALL
    SELECT 2, 'stock_received_long_ago', 'Stock at cost that last came more than 180 days ago', 'share',
        sum(CASE WHEN age = 'older' THEN value ELSE 0 END) / nullif(sum(value) FILTER (age <> 'unknown'), 0),
        coalesce(sum(item_locations) FILTER (age <> 'unknown'), 0), 'item-locations', 'stock_ageing'
    FROM analysis.stock_ageing WHERE since = 'last_receipt'
    UNION ALL
    SELECT 3, 'stock_not_sold_lately', 'Stock at cost of which none has sold for 90 days', 'share',
        sum(CASE WHEN age IN ('to_180', 'older') THEN value ELSE 0 END)
            / nullif(sum(value) FILTER (age <> 'unknown'), 0),
        coalesce(sum(item_locations) FILTER (age <> 'unknown'), 0), 'item-locations', 'stock_ageing'
    FROM analysis.stock_ageing WHERE since = 'last_sale'
    UNION ALL
    SELECT 4, 'markdown_price', 'Paid after markdowns, of list prices', 'share',
        sum(revenue) / nullif(sum(list_value), 0), coalesce(sum(actions), 0), 'markdowns', 'markdown_results'
    FROM analysis.markdown_results WHERE kind = 'markdown'
    UNION ALL
    SELECT 5, 'markdown_gain', 'Gained by markdowns so far, of what they promised', 'share',
        sum(gained) / nullif(sum(promised), 0), coalesce(sum(actions), 0), 'markdowns', 'markdown_results'
    FROM analysis.markdown_results WHERE kind = 'markdown'
    UNION ALL
    SELECT 6, 'fulfilment_cost', 'Cost to ship an order', 'currency',
        sum(cost) / nullif(sum(orders), 0), coalesce(sum(orders), 0), 'orders', 'fulfilment_costs'
    FROM analysis.fulfilment_costs
    UNION ALL
    SELECT 7, 'transfer_yield', 'Margin kept by a unit transferred', 'currency',
        sum(realised) / nullif(sum(units), 0), coalesce(sum(lines), 0), 'lines', 'transfer_yield'
    FROM analysis.transfer_yield
    UNION ALL
    SELECT 8, 'transfer_return', 'Margin kept for each unit of money that trips cost', 'times',
        sum(realised) / nullif(sum(trip_cost), 0), coalesce(sum(lines), 0), 'lines', 'transfer_yield'
    FROM analysis.transfer_yield
    UNION ALL
    SELECT 9, 'planner_decisions', 'Decisions of a person in a day in one role', 'decisions',
        sum(decisions) / nullif(sum(people), 0), coalesce(sum(people), 0), 'days of people by role', 'planner_days'
    FROM analysis.planner_days
    UNION ALL
    SELECT 10, 'record_accuracy', 'Counts that found what the record stated', 'share',
        sum(exact) / nullif(sum(counts), 0), coalesce(sum(counts), 0), 'counts', 'record_accuracy'
    FROM analysis.record_accuracy
    UNION ALL
    SELECT 11, 'service', 'Units served of those asked for', 'share',
        sum(served) / nullif(sum(asked), 0), count(*), 'nodes', 'channel_service'
    FROM analysis.channel_service
    UNION ALL
    SELECT 12, 'promises_kept', 'Lines of orders that left by the day promised', 'share',
        sum(in_time) / nullif(sum(lines - unknown), 0), coalesce(sum(lines - unknown), 0), 'lines', 'promises_kept'
    FROM analysis.promises_kept
    UNION ALL
    SELECT 13, 'exception_days', 'Median days until an exception closes', 'days',
        max(median_days), coalesce(max(closed), 0), 'exceptions', 'exception_times'
    FROM analysis.exception_times WHERE kind = 'all'
)
SELECT place::BIGINT AS place, metric, words, unit, value::DOUBLE AS value, basis::BIGINT AS basis, counted, view FROM figures
-- Without a plan there is nothing to tell of.
WHERE EXISTS (FROM analysis.newest_plan)
