-- Units sold at each location by day of the window, and those of them sold outside the store channel.
SELECT location, business_date AS date, sum(sales)::BIGINT AS sold,
    coalesce(sum(sales) FILTER (channel <> 'store'), 0)::BIGINT AS online
FROM inventory.demand_history
WHERE business_date BETWEEN getvariable('first_day') AND getvariable('last_day')
GROUP BY ALL HAVING sum(sales) > 0
