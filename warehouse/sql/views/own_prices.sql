-- When an item has another price at a location than in its price zone: by an entry that no more than half of the
-- zone's locations that keep it have, or without one that more than half have. A price list says what holds in a
-- zone location by location.
WITH keepers AS (
    SELECT i.sku, i.location, coalesce(l.price_zone, l.location) AS zone,
        count(*) OVER (PARTITION BY i.sku, coalesce(l.price_zone, l.location)) AS locations
    FROM known_item_locations i JOIN known_locations l USING (location)
    WHERE l.kind <> 'dc' AND i.sku IN (SELECT sku FROM prices_in_own_currency WHERE location <> '*')
),
held AS (
    SELECT k.sku, k.zone, k.location, x.price, x.valid_from, x.valid_to,
        2 * count(*) OVER (PARTITION BY k.sku, k.zone, x.price, x.valid_from, x.valid_to) > k.locations AS shared
    FROM keepers k JOIN prices_in_own_currency x USING (sku, location)
),
of_zones AS (SELECT DISTINCT sku, zone, price, valid_from, valid_to FROM held WHERE shared)
SELECT sku, location, valid_from, valid_to FROM held WHERE NOT shared
UNION ALL
SELECT k.sku, k.location, z.valid_from, z.valid_to
FROM of_zones z JOIN keepers k USING (sku, zone)
ANTI JOIN held h ON h.sku = k.sku AND h.location = k.location AND h.price = z.price
    AND h.valid_from = z.valid_from AND h.valid_to IS NOT DISTINCT FROM z.valid_to
