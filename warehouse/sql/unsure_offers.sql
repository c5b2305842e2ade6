-- Items and locations of whose price or promotion a row waits in quarantine that may hold after the business
-- date, and of which no newer one of its key has come. What it says itself counts as far as it can be read, and so
-- does the older row of its key that holds meanwhile. A DC sends and buys for what its locations sell.
WITH waiting AS (
    SELECT q.source, q.payload, q.business_date, q.reason FROM known_set_aside q
    WHERE q.source IN ('prices', 'promotions')
        AND coalesce(
            TRY_CAST(trim(q.payload->>(CASE q.source WHEN 'prices' THEN 'valid_to' ELSE 'ends_on' END)) AS DATE),
            DATE '9999-12-31'
        ) > getvariable('business_date')
),
prices AS (
    SELECT trim(q.payload->>'sku') AS sku, trim(q.payload->>'location') AS location
    FROM waiting q LEFT JOIN known_prices t
        ON t.sku = trim(q.payload->>'sku') AND t.location = trim(q.payload->>'location')
        AND t.valid_from = TRY_CAST(trim(q.payload->>'valid_from') AS DATE)
    WHERE q.source = 'prices' AND coalesce(
        q.business_date > t.business_date
        -- Of two rows of a key in one file the first stands.
        OR q.business_date = t.business_date AND q.reason <> 'duplicate_key', true)
),
overtaken AS (
    SELECT q.payload, t.* FROM waiting q LEFT JOIN known_promotions t ON t.promo_id = trim(q.payload->>'promo_id')
    WHERE q.source = 'promotions' AND coalesce(
        q.business_date > t.business_date
        OR q.business_date = t.business_date AND q.reason <> 'duplicate_key', true)
),
promotions AS (
    SELECT trim(payload->>'scope') AS scope, trim(payload->>'scope_value') AS scope_value,
        trim(payload->>'region') AS in_region, trim(payload->>'channel') AS channel
    FROM overtaken
    UNION SELECT scope, scope_value, region, channel FROM overtaken WHERE promo_id IS NOT NULL
),
pairs AS (
    SELECT i.sku, i.location, l.region, l.kind, p.style, p.category
    FROM known_item_locations i JOIN known_locations l USING (location) JOIN known_products p USING (sku)
),
unsure AS (
    SELECT 'prices' AS source, p.sku, p.location
    FROM prices x JOIN pairs p ON p.sku = x.sku AND x.location IN ('*', p.location)
    UNION
    SELECT 'promotions', p.sku, p.location
    FROM promotions r JOIN pairs p ON r.in_region IN ('*', p.region) AND r.channel IN ('*', p.kind)
        AND r.scope_value = CASE r.scope
            WHEN 'sku' THEN p.sku WHEN 'style' THEN p.style WHEN 'category' THEN p.category WHEN 'all' THEN '*' END
)
FROM unsure
UNION
SELECT u.source, u.sku, d.location FROM unsure u, known_locations d WHERE d.kind = 'dc'
ORDER BY ALL
