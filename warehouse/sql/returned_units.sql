-- Units of the chosen items that came back by day. Extracts do not name the sale.
SELECT sku, location, channel, timestamp::DATE AS date, NULL::DATE AS sold_date,
    sum(quantity)::BIGINT AS units,
    coalesce(sum(quantity) FILTER (disposition = 'resalable'), 0)::BIGINT AS resalable
FROM known_returns SEMI JOIN chosen USING (sku)
WHERE timestamp >= getvariable('first_day') AND timestamp < getvariable('last_day') + 1
GROUP BY ALL
