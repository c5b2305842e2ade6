-- Price as a share of the list price, and promotions, of every replenished selling pair on the days
-- on which they differ from the ordinary, those announced for the days ahead included.
WITH pairs AS (
    SELECT i.sku, i.location, l.region, l.kind, p.style, p.category, p.list_price
    FROM known_item_locations i JOIN known_locations l USING (location) JOIN known_products p USING (sku)
    WHERE i.status = 'active' AND l.kind <> 'dc'
),
running AS (
    SELECT *, greatest(starts_on, getvariable('first_day')) AS from_day,
        least(ends_on, getvariable('last_day')) AS to_day
    FROM known_promotions WHERE ends_on >= getvariable('first_day') AND starts_on <= getvariable('last_day')
),
scoped AS (
    SELECT p.sku, p.location, r.* EXCLUDE (scope, scope_value) FROM running r
        JOIN pairs p ON r.scope = 'sku' AND r.scope_value = p.sku
        WHERE (r.region = '*' OR r.region = p.region) AND (r.channel = '*' OR r.channel = p.kind)
    UNION ALL SELECT p.sku, p.location, r.* EXCLUDE (scope, scope_value) FROM running r
        JOIN pairs p ON r.scope = 'style' AND r.scope_value = p.style
        WHERE (r.region = '*' OR r.region = p.region) AND (r.channel = '*' OR r.channel = p.kind)
    UNION ALL SELECT p.sku, p.location, r.* EXCLUDE (scope, scope_value) FROM running r
        JOIN pairs p ON r.scope = 'category' AND r.scope_value = p.category
        WHERE (r.region = '*' OR r.region = p.region) AND (r.channel = '*' OR r.channel = p.kind)
    UNION ALL SELECT p.sku, p.location, r.* EXCLUDE (scope, scope_value) FROM running r
        JOIN pairs p ON r.scope = 'all'
        WHERE (r.region = '*' OR r.region = p.region) AND (r.channel = '*' OR r.channel = p.kind)
),
promoted AS (
    SELECT sku, location, unnest(generate_series(from_day, to_day, INTERVAL 1 DAY))::DATE AS day,
        1 - discount AS price, true AS promoted
    FROM scoped
),
priced AS (
    SELECT sku, location, unnest(generate_series(from_day, to_day, INTERVAL 1 DAY))::DATE AS day,
        price, false AS promoted
    FROM (
        SELECT p.sku, p.location, x.price / p.list_price AS price,
            greatest(x.valid_from, getvariable('first_day')) AS from_day,
            least(coalesce(x.valid_to, getvariable('last_day')), getvariable('last_day')) AS to_day
        FROM known_prices x JOIN pairs p ON p.sku = x.sku AND (x.location = '*' OR x.location = p.location)
        WHERE p.list_price > 0
    ) WHERE from_day <= to_day
)
SELECT sku, location, day AS date, least(min(price), 1) AS price, bool_or(promoted) AS promoted
FROM (SELECT * FROM promoted UNION ALL SELECT * FROM priced)
GROUP BY ALL ORDER BY sku, location, day
