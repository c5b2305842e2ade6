-- Units that came back by item, channel and day from first_day to last_day, of all locations together.
SELECT sku, '*' AS location, channel, timestamp::DATE AS date, NULL::DATE AS sold_date,
    sum(quantity)::BIGINT AS units,
    coalesce(sum(quantity) FILTER (disposition = 'resalable'), 0)::BIGINT AS resalable
FROM known_returns
WHERE timestamp >= getvariable('first_day') AND timestamp < getvariable('last_day') + 1
GROUP BY ALL
