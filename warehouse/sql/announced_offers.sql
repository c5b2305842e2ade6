-- Price list entries and promotions that are known and hold on any day from first_day to last_day,
-- of the pairs of the skus of `sku_range`, whose ends may be missing.
WITH pairs AS (
    SELECT i.sku, i.location, l.region, l.kind, p.style, p.category
    FROM known_item_locations i JOIN known_locations l USING (location) JOIN known_products p USING (sku)
    JOIN sku_range r ON i.sku >= coalesce(r.first_sku, i.sku) AND i.sku <= coalesce(r.last_sku, i.sku)
),
running AS (
    SELECT * FROM known_promotions
    WHERE coalesce(ends_on, DATE '9999-12-31') >= getvariable('first_day') AND starts_on <= getvariable('last_day')
),
-- A join by scope each: one on any of them would compare every promotion with every pair.
touched AS (
    SELECT p.*, r.* EXCLUDE (region), r.region AS in_region
    FROM running r JOIN pairs p ON r.scope = 'sku' AND r.scope_value = p.sku
    UNION ALL SELECT p.*, r.* EXCLUDE (region), r.region AS in_region
    FROM running r JOIN pairs p ON r.scope = 'style' AND r.scope_value = p.style
    UNION ALL SELECT p.*, r.* EXCLUDE (region), r.region AS in_region
    FROM running r JOIN pairs p ON r.scope = 'category' AND r.scope_value = p.category
    UNION ALL SELECT p.*, r.* EXCLUDE (region), r.region AS in_region
    FROM running r JOIN pairs p ON r.scope = 'all'
)
SELECT sku, location, starts_on, ends_on, NULL::DOUBLE AS price, discount
FROM touched
WHERE in_region IN ('*', region) AND channel IN ('*', kind)
UNION ALL
SELECT x.sku, p.location, x.valid_from, x.valid_to, x.price, NULL
FROM prices_in_own_currency x JOIN pairs p ON p.sku = x.sku AND x.location IN ('*', p.location)
WHERE coalesce(x.valid_to, DATE '9999-12-31') >= getvariable('first_day') AND x.valid_from <= getvariable('last_day')
ORDER BY sku, location, starts_on, price, discount, ends_on
