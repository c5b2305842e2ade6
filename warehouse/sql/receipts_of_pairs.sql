-- What is on its way to chosen item-locations, by day and document.
SELECT sku, location, due_on, source, sum(units)::BIGINT AS units
FROM open_receipts SEMI JOIN chosen USING (sku, location)
GROUP BY ALL ORDER BY sku, location, due_on, source
