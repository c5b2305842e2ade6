-- Promotions, events and the weather by day that touch a chosen item-location around the business date.
WITH pair AS (
    SELECT c.sku, c.location, l.region, l.kind, p.style, p.category
    FROM chosen c JOIN known_locations l ON l.location = c.location JOIN known_products p ON p.sku = c.sku
)
SELECT 'promotion' AS occasion, r.promo_id AS name, r.discount AS value, r.starts_on, r.ends_on
FROM known_promotions r JOIN pair
    ON (r.scope, r.scope_value) IN (('sku', pair.sku), ('style', pair.style), ('category', pair.category))
    OR r.scope = 'all'
WHERE r.region IN ('*', pair.region) AND r.channel IN ('*', pair.kind)
UNION ALL
SELECT e.kind, e.name, NULL, e.starts_on, e.ends_on
FROM known_events e JOIN pair ON e.region IN ('*', pair.region) AND e.location IN ('*', pair.location)
UNION ALL
SELECT 'temperature', w.kind, w.temperature, w.date, w.date
FROM known_weather w JOIN pair ON w.region = pair.region
QUALIFY row_number() OVER (PARTITION BY w.date ORDER BY w.kind = 'observation' DESC, w.issued_on DESC) = 1
ORDER BY occasion, starts_on, name, ends_on
