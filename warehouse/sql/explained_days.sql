-- Demand of each place of the stocks of `stocks` by day, as their night `since` forecast it and as it is
-- estimated now, with what was announced for the day then and what held. `offered` has the prices and
-- promotions that are known now.
WITH members AS (
    SELECT stock, sku, location, since, until FROM stocks
    UNION
    SELECT s.stock, s.sku, i.location, s.since, s.until
    FROM stocks s JOIN known_item_locations i ON i.sku = s.sku AND i.supply_location = s.location
    WHERE s.echelon
),
held AS (
    SELECT m.* FROM members m
    JOIN inventory.position o ON o.business_date = m.since AND o.sku = m.sku AND o.location = m.location
    JOIN inventory.position c ON c.business_date = m.until AND c.sku = m.sku AND c.location = m.location
    WHERE o.on_hand IS NOT NULL AND c.on_hand IS NOT NULL
),
-- What customers paid tells of a price that nobody announced to us.
paid AS (
    SELECT sku, location, business_date AS date, sum(net_value) / sum(list_value) AS price
    FROM inventory.demand_history WHERE list_value > 0 AND own_sales > 0
        AND business_date > getvariable('first_night')
        AND business_date <= getvariable('business_date')
    GROUP BY ALL
),
event_days AS (
    SELECT DISTINCT l.location, unnest(generate_series(e.starts_on, e.ends_on, INTERVAL 1 DAY))::DATE AS date
    FROM known_events e JOIN known_locations l ON e.region IN ('*', l.region)
        AND e.location IN ('*', l.location)
    WHERE e.ends_on > getvariable('first_night') AND e.starts_on <= getvariable('business_date')
),
told AS (
    SELECT h.stock, h.sku, h.location, f.date, f.mean, f.variance, f.correlation,
        -- A closed day asks for nothing.
        CASE WHEN u.closed THEN coalesce(u.demand, 0) ELSE u.demand END AS demand,
        CASE WHEN u.closed THEN coalesce(u.sales, 0) ELSE u.sales END AS sales,
        coalesce(o.announced_on <= h.since, false) AS known_then,
        coalesce(o.promoted, false) AS promoted, coalesce(o.price, 1) AS price, p.price AS paid,
        e.location IS NOT NULL AS event
    FROM held h
    JOIN demand.forecast f ON f.business_date = h.since AND f.sku = h.sku AND f.location = h.location
        AND f.date > h.since AND f.date <= h.until
    LEFT JOIN demand.unconstrained u ON u.business_date = getvariable('business_date')
        AND u.sku = f.sku AND u.location = f.location AND u.date = f.date
    LEFT JOIN offered o ON o.sku = f.sku AND o.location = f.location AND o.date = f.date
    LEFT JOIN paid p ON p.sku = f.sku AND p.location = f.location AND p.date = f.date
    LEFT JOIN event_days e ON e.location = f.location AND e.date = f.date
)
SELECT stock, location, date, mean AS forecast, variance, correlation, demand,
    CASE WHEN demand IS NOT NULL THEN sales END AS sales,
    known_then AND promoted AS promoted_then,
    -- Two shares of a price differ by rounding of the till.
    promoted OR coalesce(paid < price - 0.03, false) AS promoted_now,
    CASE WHEN known_then THEN price ELSE 1 END AS price_then,
    least(price, coalesce(paid, price)) AS price_now, event
FROM told ORDER BY stock, location, date
