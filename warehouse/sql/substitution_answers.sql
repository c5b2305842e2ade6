-- What customers answered to substitutes since first_day, by item, substitute and what they were to pay
-- for it over what the item ordered cost them, to the per cent; missing where either is not known.
SELECT a.sku, a.substitute,
    CASE WHEN a.unit_price IS NOT NULL AND coalesce(o.unit_price, p.list_price) > 0
        THEN round(greatest(a.unit_price / coalesce(o.unit_price, p.list_price), 1), 2)
        END AS price_ratio,
    count(*) AS answers, count(*) FILTER (a.outcome = 'accepted') AS accepted
FROM known_substitution_outcomes a
LEFT JOIN known_online_orders o ON o.order_id = a.order_id AND o.line = a.line
LEFT JOIN known_products p ON p.sku = a.sku
WHERE a.offered_at >= getvariable('first_day')
GROUP BY ALL ORDER BY ALL
