-- Price as a share of the list price, and promotions, of every replenished selling pair on the days
-- on which they differ from the ordinary, with the day from which that was known; promotions of the
-- whole range only where `whole_range` asks for them.
WITH first_promotions AS (
    -- A promotion that is sent again was known from the first time on.
    SELECT promo_id, min(business_date) AS announced_on FROM landing.promotions
    WHERE business_date <= getvariable('business_date') GROUP BY promo_id
),
first_prices AS (
    SELECT sku, location, valid_from, min(business_date) AS announced_on FROM landing.prices
    WHERE business_date <= getvariable('business_date') GROUP BY ALL
),
pairs AS (
    SELECT i.sku, i.location, l.region, l.kind, p.style, p.category, p.list_price
    FROM known_item_locations i JOIN known_locations l USING (location) JOIN known_products p USING (sku)
    WHERE i.status = 'active' AND l.kind <> 'dc'
),
running AS (
    SELECT k.*, f.announced_on, greatest(starts_on, getvariable('first_day')) AS from_day,
        least(coalesce(ends_on, getvariable('last_day')), getvariable('last_day')) AS to_day
    FROM known_promotions k JOIN first_promotions f USING (promo_id) WHERE coalesce(ends_on, DATE '9999-12-31') >= getvariable('first_day') AND starts_on <= getvariable('last_day')
        AND (scope <> 'all' OR getvariable('whole_range'))
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
        1 - discount AS price, true AS promoted, announced_on
    FROM scoped
),
priced AS (
    SELECT sku, location, unnest(generate_series(from_day, to_day, INTERVAL 1 DAY))::DATE AS day,
        price, false AS promoted, announced_on
    FROM (
        SELECT p.sku, p.location, x.price / p.list_price AS price, f.announced_on,
            greatest(x.valid_from, getvariable('first_day')) AS from_day,
            least(coalesce(x.valid_to, getvariable('last_day')), getvariable('last_day')) AS to_day
        FROM prices_in_own_currency x
        JOIN first_prices f ON f.sku = x.sku AND f.location = x.location AND f.valid_from = x.valid_from
        JOIN pairs p ON p.sku = x.sku AND (x.location = '*' OR x.location = p.location)
        WHERE p.list_price > 0
    ) WHERE from_day <= to_day
)
SELECT sku, location, day AS date, least(min(price), 1) AS price, bool_or(promoted) AS promoted,
    min(announced_on) AS announced_on
FROM (SELECT * FROM promoted UNION ALL SELECT * FROM priced)
GROUP BY ALL ORDER BY sku, location, day
