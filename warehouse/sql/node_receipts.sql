-- What is expected to come to nodes, by day, with the chance of the line that is least sure.
SELECT sku, location, due_on, sum(round(units * share))::BIGINT AS units, min(chance) AS chance
FROM inventory.receipts_ahead
WHERE business_date = getvariable('business_date')
GROUP BY ALL ORDER BY ALL
