-- Units that plans count on of open documents, by the day on which they are expected.
SELECT sku, location, due_on, sum(expected_units)::BIGINT AS units
FROM inventory.receipts_ahead
WHERE business_date = getvariable('business_date') AND expected_units > 0
GROUP BY ALL ORDER BY ALL
