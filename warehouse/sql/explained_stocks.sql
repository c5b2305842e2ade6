-- What moved of each stock of `stocks` (frame `plans_before`, named) after its night `since` up to
-- `until`, from `first_night` on. What moves between places of an echelon stays in it, on its way or there.
WITH members AS (
    SELECT stock, sku, location, since, until FROM stocks
    UNION
    SELECT s.stock, s.sku, i.location, s.since, s.until
    FROM stocks s JOIN known_item_locations i ON i.sku = s.sku AND i.supply_location = s.location
    WHERE s.echelon
),
-- A place whose stock is unknown on either day is no part of its echelon.
held AS (
    SELECT m.*, o.on_hand - o.reserved - o.damaged AS opening,
        c.on_hand - c.reserved - c.damaged AS closing,
        c.damaged - o.damaged AS damaged, c.reserved - o.reserved AS reserved
    FROM members m
    JOIN inventory.position o ON o.business_date = m.since AND o.sku = m.sku AND o.location = m.location
    JOIN inventory.position c ON c.business_date = m.until AND c.sku = m.sku AND c.location = m.location
    WHERE o.on_hand IS NOT NULL AND c.on_hand IS NOT NULL
),
sold AS (
    SELECT h.stock, sum(p.quantity) AS units FROM held h
    JOIN known_pos_sales p ON p.sku = h.sku AND p.fulfilment_location = h.location
        AND p.timestamp::DATE > h.since AND p.timestamp::DATE <= h.until
    WHERE p.timestamp > getvariable('first_night') GROUP BY h.stock
),
credited AS (
    SELECT h.stock, sum(d.sales) AS units FROM held h
    JOIN inventory.demand_history d ON d.sku = h.sku AND d.location = h.location
        AND d.business_date > h.since AND d.business_date <= h.until
    WHERE d.business_date > getvariable('first_night') GROUP BY h.stock
),
came_back AS (
    SELECT h.stock,
        sum(r.quantity) FILTER (r.disposition = 'resalable' AND r.timestamp::DATE > h.since) AS units,
        sum(r.quantity) FILTER (r.disposition = 'damaged' AND r.timestamp::DATE > h.since) AS broken,
        -- Of four weeks up to the night, for as many days as are explained.
        sum(r.quantity * (h.until - h.since) / 28)
            FILTER (r.disposition = 'resalable' AND r.timestamp::DATE <= h.since) AS expected
    FROM held h JOIN known_returns r ON r.sku = h.sku AND r.location = h.location
        AND r.timestamp::DATE > h.since - 28 AND r.timestamp::DATE <= h.until
    WHERE r.timestamp > getvariable('first_night') - 28 GROUP BY h.stock
),
received AS (
    SELECT h.stock, sum(r.received) AS units FROM held h
    JOIN known_receipts r ON r.sku = h.sku AND r.location = h.location
        AND r.timestamp::DATE > h.since AND r.timestamp::DATE <= h.until
    GROUP BY h.stock
),
-- A transfer within the stock is left out on both ends: what is on its way is there.
outward AS (
    SELECT t.*, h.stock, h.since, h.until FROM held h
    JOIN known_transfers t ON t.sku = h.sku AND t.origin = h.location
        AND t.shipped_on > h.since AND t.shipped_on <= h.until
),
inward AS (
    SELECT t.*, h.stock, h.since, h.until FROM held h
    JOIN known_transfers t ON t.sku = h.sku AND t.destination = h.location
        AND t.received_on > h.since AND t.received_on <= h.until
),
sent AS (
    SELECT o.stock, sum(o.shipped_quantity) FILTER (m.stock IS NULL) AS units,
        sum(o.shipped_quantity) FILTER (m.stock IS NOT NULL) AS on_the_way
    FROM outward o LEFT JOIN held m ON m.stock = o.stock AND m.location = o.destination
    GROUP BY o.stock
),
got AS (
    SELECT n.stock, sum(n.received_quantity) FILTER (m.stock IS NULL) AS units,
        sum(n.received_quantity) FILTER (m.stock IS NOT NULL) AS from_the_way
    FROM inward n LEFT JOIN held m ON m.stock = n.stock AND m.location = n.origin
    GROUP BY n.stock
),
-- A correction on a day on which the pair was counted is what the count found.
corrected AS (
    SELECT h.stock, sum(a.quantity) FILTER (k.day IS NOT NULL) AS counted,
        sum(a.quantity) FILTER (k.day IS NULL) AS adjusted
    FROM held h JOIN known_adjustments a ON a.sku = h.sku AND a.location = h.location
        AND a.timestamp::DATE > h.since AND a.timestamp::DATE <= h.until
    LEFT JOIN (SELECT DISTINCT sku, location, timestamp::DATE AS day FROM known_stock_counts) k
        ON k.sku = a.sku AND k.location = a.location AND k.day = a.timestamp::DATE
    GROUP BY h.stock
),
summed AS (
    SELECT stock, sum(opening) AS opening, sum(closing) AS closing, sum(damaged) AS damaged,
        sum(reserved) AS reserved
    FROM held GROUP BY stock
)
SELECT s.*, x.opening::BIGINT AS opening,
    (x.closing + coalesce(o.on_the_way, 0) - coalesce(n.from_the_way, 0))::BIGINT AS closing,
    (coalesce(r.units, 0) + coalesce(n.units, 0))::BIGINT AS arrived,
    coalesce(o.units, 0)::BIGINT AS sent_away, coalesce(p.units, 0)::BIGINT AS sold,
    coalesce(c.units, 0)::BIGINT AS credited, coalesce(b.units, 0)::BIGINT AS returned,
    coalesce(b.expected, 0)::DOUBLE AS returns_expected, coalesce(k.counted, 0)::BIGINT AS counted,
    coalesce(k.adjusted, 0)::BIGINT AS adjusted,
    (x.damaged - coalesce(b.broken, 0))::BIGINT AS damaged, x.reserved::BIGINT AS reserved
FROM stocks s JOIN summed x USING (stock)
-- Its own node is one of the places, or the stock is unknown.
SEMI JOIN (SELECT stock, location FROM held) w ON w.stock = s.stock AND w.location = s.location
LEFT JOIN sold p ON p.stock = s.stock LEFT JOIN credited c ON c.stock = s.stock
LEFT JOIN came_back b ON b.stock = s.stock LEFT JOIN received r ON r.stock = s.stock
LEFT JOIN sent o ON o.stock = s.stock LEFT JOIN got n ON n.stock = s.stock
LEFT JOIN corrected k ON k.stock = s.stock
ORDER BY s.stock
