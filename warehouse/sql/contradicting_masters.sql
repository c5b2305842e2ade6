-- Masters that contradict each other, dates apart: items that share a barcode, so that what the till counts for one
-- may be sales of the other; keys that look alike, so that what is sent of one may be meant for the other; items
-- whose supplier has no terms for them, as after it was given another key; items, prices and
-- carriers' rates in another currency than most; prices for a hundred where cost is for
-- one; lead times of more than a year; volumes, packs, minimum orders and presentation minimums a hundred times
-- those of like items, as in another unit or with zeros too many; more days left on receipt than an item keeps; DCs, and
-- locations without an active item, that sell; regions of promotions and events ahead in which no location is.
WITH keys AS (
    SELECT 'location' AS kind, location AS code FROM known_locations
    UNION ALL SELECT 'item', sku FROM known_products
    UNION ALL SELECT 'supplier', supplier FROM known_suppliers
),
plain AS (SELECT *, ltrim(upper(replace(code, ' ', '')), '0') AS word FROM keys),
figures AS (
    SELECT sku, 'volume' AS measure, '' AS whose, volume::DOUBLE AS figure, category AS among
    FROM known_products
    UNION ALL SELECT sku, 'case pack', '', case_pack, category FROM known_products
    UNION ALL
    SELECT i.sku, 'presentation minimum', ' at ' || i.location, i.presentation_min, p.category
    FROM known_item_locations i JOIN known_products p USING (sku) WHERE i.status = 'active'
    UNION ALL
    SELECT s.sku, 'minimum order', ' at ' || s.supplier, s.minimum_order_quantity, p.category
    FROM known_item_suppliers s JOIN known_products p USING (sku)
    WHERE coalesce(s.valid_to, DATE '9999-12-31') > getvariable('business_date')
),
like_figures AS (
    SELECT measure, among, median(figure) AS usual FROM figures WHERE figure > 0
    GROUP BY measure, among HAVING count(*) >= 5
),
unplanned AS (
    SELECT location, CASE kind WHEN 'dc' THEN 'is a DC' ELSE 'has no active item' END AS why FROM known_locations
    WHERE kind = 'dc' OR location NOT IN (SELECT location FROM known_item_locations WHERE status = 'active')
),
sold AS (
    SELECT u.location, any_value(u.why) AS why, count(DISTINCT s.timestamp::DATE) AS days
    FROM unplanned u JOIN known_pos_sales s USING (location)
    WHERE s.timestamp >= getvariable('business_date') - 13 GROUP BY u.location
),
regions AS (
    SELECT region, 'promotion ' || promo_id AS what FROM known_promotions
    WHERE region <> '*' AND coalesce(ends_on, DATE '9999-12-31') > getvariable('business_date')
    UNION ALL
    SELECT region, 'event ' || event_id FROM known_events
    WHERE region <> '*' AND ends_on > getvariable('business_date')
),
terms AS (SELECT sku, list(supplier ORDER BY supplier) AS suppliers FROM known_item_suppliers GROUP BY sku),
found AS (
    SELECT 'item' AS kind, sku AS code, format('shares its barcode {} with another item', barcode) AS problem
    FROM known_products WHERE barcode IS NOT NULL
    QUALIFY count(*) OVER (PARTITION BY barcode) > 1
    UNION ALL
    SELECT 'item', sku, format('is priced in {}, and most items in {}: all amounts are read in one currency', currency, most)
    FROM (SELECT sku, currency, mode(currency ORDER BY currency) OVER () AS most FROM known_products)
    WHERE currency <> most
    UNION ALL
    SELECT 'item', sku, format('has {} prices in {}, and is itself in {}: they count as not sent', count(*), x.currency, p.currency)
    FROM known_prices x JOIN known_products p USING (sku)
    WHERE x.currency <> p.currency AND coalesce(x.valid_to, DATE '9999-12-31') > getvariable('business_date')
    GROUP BY sku, x.currency, p.currency
    UNION ALL
    SELECT 'region', origin_region, format('has rates of {} in {}, and most items are in {}: they count as not sent', carrier, r.currency, most)
    FROM known_shipping_rates r, (SELECT mode(currency ORDER BY currency) AS most FROM known_products)
    WHERE r.currency <> most
    GROUP BY origin_region, carrier, r.currency, most
    UNION ALL
    SELECT kind, code, format('differs from {} in case, blanks or leading zeros only',
        list_filter(list(code) OVER same, lambda other: other <> code)[1])
    FROM plain
    WINDOW same AS (PARTITION BY kind, word ORDER BY code ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    QUALIFY count(*) OVER same > 1
    UNION ALL
    SELECT 'item', sku, format('its supplier {} has no terms for it: it is bought on those of {}', p.supplier, t.suppliers[1])
    FROM known_products p JOIN terms t USING (sku)
    WHERE NOT list_contains(t.suppliers, p.supplier)
    UNION ALL
    SELECT 'item', sku, format('{} asks {} a unit, which costs {}', s.supplier, s.unit_price, p.unit_cost)
    FROM known_item_suppliers s JOIN known_products p USING (sku)
    WHERE s.currency = p.currency AND s.unit_price > 0 AND p.unit_cost > 0
        AND greatest(s.unit_price / p.unit_cost, p.unit_cost / s.unit_price) >= 5
        AND coalesce(s.valid_to, DATE '9999-12-31') > getvariable('business_date')
    UNION ALL
    SELECT 'item', s.sku, format('its terms with {} end on {}, and none follow', s.supplier, s.valid_to)
    FROM known_item_suppliers s JOIN known_products p ON p.sku = s.sku AND p.supplier = s.supplier
    WHERE s.valid_to BETWEEN getvariable('business_date') AND getvariable('business_date') + 6
        AND NOT EXISTS (FROM known_item_suppliers o WHERE o.sku = s.sku AND o.supplier = s.supplier
            AND coalesce(o.valid_to, DATE '9999-12-31') > s.valid_to)
    UNION ALL
    SELECT 'item', sku, format('{} agrees to deliver it in {} days, more than a year', supplier, contract_lead_time_days)
    FROM known_item_suppliers
    WHERE contract_lead_time_days > 364 AND coalesce(valid_to, DATE '9999-12-31') > getvariable('business_date')
    UNION ALL
    SELECT 'item', sku, format('must have {} days left on receipt, of a shelf life of {}', least_remaining_days, shelf_life_days)
    FROM known_products WHERE least_remaining_days > shelf_life_days
    UNION ALL
    SELECT 'item', sku, format('has a {} of {}{}, where half of its category has {} or less', measure, figure, whose, usual)
    FROM figures JOIN like_figures USING (measure, among)
    -- One unit is a pack and a minimum, whatever others have.
    WHERE figure >= 100 * usual OR measure = 'volume' AND figure > 0 AND usual >= 100 * figure
    UNION ALL
    SELECT 'region', region, format('has no location: {} promotions and events ahead, such as {}, do nothing',
        count(*), min(what))
    FROM regions WHERE region NOT IN (SELECT region FROM known_locations) GROUP BY region
    UNION ALL
    SELECT 'location', location, format('{}, and sold on {} of the last 14 days: nothing of it is planned', why, days)
    FROM sold WHERE days >= 2
)
SELECT * FROM found ORDER BY kind, code, problem
