-- The assortment in ranges of skus with about `range_pairs` pairs each; no sku is parted.
WITH counted AS (
    SELECT sku, sum(count(*)) OVER (ORDER BY sku) AS pairs_so_far
    FROM plans.planning_pairs
    WHERE business_date = getvariable('business_date') GROUP BY sku
)
SELECT min(sku) AS first_sku, max(sku) AS last_sku
FROM counted GROUP BY (pairs_so_far - 1) // getvariable('range_pairs')::INT
ORDER BY first_sku
