-- Demand that is expected of the items of suppliers that share in it, by whole week of the forecast.
SELECT p.supplier, f.sku, getvariable('business_date') + 1 + 7 * ((f.date - getvariable('business_date') - 1) // 7)::INT
    AS week, round(exact_sum(f.mean), 1) AS units
FROM demand.forecast f JOIN known_products p USING (sku) JOIN sharing s ON s.supplier = p.supplier
WHERE f.business_date = getvariable('business_date') AND f.date > getvariable('business_date')
GROUP BY ALL HAVING count(DISTINCT f.date) = 7 ORDER BY ALL
