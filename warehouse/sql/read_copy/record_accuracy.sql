-- How many stock records counts found right, of those that the newest plan judged its records by.
SELECT c.region, i.category, count(*) AS counts, count(*) FILTER (c.recorded = c.counted) AS exact,
    sum(c.recorded)::BIGINT AS recorded, sum(c.counted)::BIGINT AS counted,
    sum(abs(c.recorded - c.counted))::BIGINT AS units_off, exact / counts AS accuracy
FROM inventory.judged_counts c JOIN known_products i USING (sku)
WHERE c.business_date = (SELECT newest FROM newest_date)
    AND c.counted_on > (SELECT newest FROM newest_date) - 91
GROUP BY ALL
