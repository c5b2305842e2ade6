-- What each category sold on the business date in a region and channel, and each node in all, beside the
-- newest forecast made before: item-locations in stock, at locations that traded all day.
-- still_open: whether only parts of the date have come. Then a location has traded all day only where it is
-- known when it usually ends, that is where it sold on the same weekday of the last four weeks.
WITH ahead AS (
    SELECT * FROM demand.forecast
    WHERE date = getvariable('business_date') AND business_date = (
        SELECT max(business_date) FROM demand.forecast
        WHERE date = getvariable('business_date') AND business_date < getvariable('business_date'))
),
sold AS (
    SELECT sku, location, sum(sales) AS sales, bool_or(out_of_stock) AS out_of_stock
    FROM inventory.demand_history WHERE business_date = getvariable('business_date') GROUP BY ALL
),
seen AS (
    SELECT f.sku, f.location,
        replace(p.category, '|', '/') || '|' || f.region || '|' || l.kind AS cell,
        coalesce(s.sales, 0) AS sales, f.mean_in_stock AS mean, f.variance_in_stock AS variance,
        f.common_variation
    FROM ahead f
    JOIN known_item_locations i ON i.sku = f.sku AND i.location = f.location AND i.status = 'active'
    JOIN known_products p ON p.sku = f.sku
    JOIN known_locations l ON l.location = f.location
    JOIN inventory.trading_days t ON t.location = f.location AND t.status = 'open'
        AND t.business_date = f.date
        AND (NOT getvariable('still_open') OR EXISTS (
            SELECT 1 FROM inventory.trading_days b WHERE b.location = f.location AND b.status = 'open'
                AND f.date - b.business_date IN (7, 14, 21, 28)))
    LEFT JOIN sold s ON s.sku = f.sku AND s.location = f.location
    WHERE NOT coalesce(s.out_of_stock, false)
),
placed AS (
    SELECT unnest([
        {'kind': 'demand_above', 'subject': cell}, {'kind': 'demand_below', 'subject': cell},
        {'kind': 'node_down', 'subject': location}], recursive := true),
        sku, sales, mean, variance, common_variation
    FROM seen
),
-- Days of two locations of an item vary together by common_variation times the product of their means.
by_item AS (
    SELECT kind, subject, sku, sum(sales) AS sales, exact_sum(mean) AS mean,
        exact_sum(variance)
            + max(common_variation) * greatest(exact_sum(mean) ** 2 - exact_sum(mean ** 2), 0) AS variance
    FROM placed GROUP BY ALL
)
SELECT kind, subject, sum(sales)::DOUBLE AS observed, exact_sum(mean) AS expected,
    exact_sum(variance) AS variance
FROM by_item GROUP BY ALL ORDER BY ALL
