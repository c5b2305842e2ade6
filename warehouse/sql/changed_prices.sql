-- Markdowns and deferrals that left on earlier days and stand, with what sold since in their price zones: until the next
-- price of the item there, the end of the season or, of a deferral, the day before the price falls after all.
-- What others took in its place counts as demand of it, and not as a price of it.
-- A day that is still open has not brought what it will.
-- Where all that left was given away nothing says what a price brought.
WITH stated AS (
    SELECT business_date, 'markdown' AS kind, sku, zone, due_on AS first_day, season_end AS end_day,
        salvage, slope, slope_sd, sold_then, old_price AS other_price, new_price AS asked_price
    FROM plans.markdown_plan
    UNION ALL
    SELECT business_date, 'markdown_deferral', sku, zone, planned_on, least(due_on - 1, season_end),
        salvage, slope, slope_sd, sold_then, new_price, old_price
    FROM plans.deferral_plan
),
gone AS (
    SELECT e.action_id, min(e.quantity) AS quantity, s.*
    FROM standing_lines e
    JOIN stated s ON s.business_date = e.business_date AND s.kind = e.kind AND s.sku = e.sku
        AND s.zone = e.destination
    WHERE e.business_date < getvariable('business_date')
    GROUP BY ALL
),
windows AS (
    SELECT *, least(end_day, getvariable('last_closed_day'),
        coalesce(lead(first_day) OVER (PARTITION BY sku, zone ORDER BY first_day, business_date, kind) - 1, end_day)
    )::DATE AS last_day
    FROM gone
),
keys AS (
    SELECT sku, unnest(['sku', 'style', 'category', 'all']) AS scope,
        unnest([sku, style, category, '*']) AS scope_value
    FROM known_products SEMI JOIN windows USING (sku)
),
promoted AS (
    SELECT k.sku, l.location, d.day, max(r.discount) AS discount
    FROM keys k JOIN known_promotions r USING (scope, scope_value)
    JOIN known_locations l ON r.region IN ('*', l.region) AND r.channel IN ('*', l.kind)
    CROSS JOIN LATERAL (
        SELECT unnest(generate_series(greatest(r.starts_on, getvariable('first_day')),
            least(coalesce(r.ends_on, getvariable('business_date')), getvariable('business_date')),
            INTERVAL 1 DAY))::DATE AS day
    ) d
    GROUP BY ALL
),
-- A price zone may have the name of a region of other locations: then the rule that makes zones tells which is
-- meant. What left under another rule is known by the one that has its name.
placed AS (
    SELECT w.*, coalesce(w.zone IN (SELECT price_zone FROM known_locations)
        AND (getvariable('price_zones') = 'zone' OR w.zone NOT IN (SELECT region FROM known_locations)), false)
        AS by_price_zone
    FROM windows w
),
sold AS (
    SELECT w.action_id, count(*) FILTER (NOT u.closed) AS days,
        count(u.demand) FILTER (NOT u.closed) AS known_days,
        coalesce(sum(u.sales) FILTER (NOT u.closed), 0)::BIGINT AS sold,
        coalesce(exact_sum(CASE WHEN NOT u.closed THEN u.demand END), 0) AS demand,
        sum(h.units)::BIGINT AS paid_units, exact_sum(h.net_value) AS paid,
        exact_sum(h.units * (1 - coalesce(p.discount, 0))) AS at_promotion
    FROM placed w
    JOIN demand.unconstrained u ON u.sku = w.sku AND u.date BETWEEN w.first_day AND w.last_day
        AND u.business_date = getvariable('business_date')
    JOIN known_locations l ON l.location = u.location AND l.kind <> 'dc'
        AND (w.zone IN ('*', l.location)
            OR NOT w.by_price_zone AND w.zone = l.region
            OR w.by_price_zone AND w.zone = l.price_zone AND NOT EXISTS (
                FROM own_prices o WHERE o.sku = u.sku AND o.location = u.location AND o.valid_from < w.first_day
                    AND coalesce(o.valid_to, DATE '9999-12-31') >= w.first_day))
    LEFT JOIN (
        SELECT sku, location, business_date, sum(own_sales) AS units, exact_sum(net_value) AS net_value
        FROM inventory.demand_history
        WHERE business_date BETWEEN getvariable('first_day') AND getvariable('business_date') AND own_sales > 0
        GROUP BY ALL
    ) h ON h.sku = u.sku AND h.location = u.location AND h.business_date = u.date
    LEFT JOIN promoted p ON p.sku = u.sku AND p.location = u.location AND p.day = u.date
    GROUP BY w.action_id
)
SELECT w.action_id, w.kind, w.sku, w.zone, w.first_day, w.last_day, w.other_price, w.asked_price,
    w.quantity, w.salvage, w.slope, w.slope_sd, w.sold_then,
    s.days, s.known_days, s.sold, s.demand, s.paid / s.paid_units AS paid_price,
    s.at_promotion / s.paid_units AS promoted_share
FROM windows w JOIN sold s USING (action_id)
WHERE w.last_day >= w.first_day AND w.first_day >= getvariable('first_day') AND s.days > 0
    AND s.paid IS DISTINCT FROM 0
ORDER BY w.action_id
