-- Units that came back by item, channel and day from first_day on, of all locations together.
SELECT sku, '*' AS location, channel, timestamp::DATE AS date, NULL::DATE AS sold_date,
    sum(quantity)::BIGINT AS units,
    coalesce(sum(quantity) FILTER (disposition = 'resalable'), 0)::BIGINT AS resalable
FROM known_returns
WHERE timestamp >= getvariable('first_day') AND timestamp < getvariable('business_date') + 1
GROUP BY ALL
