-- Every replenished selling pair on every day of the window: sales, or missing where unknown.
-- Before its launch an item has no demand, so those days are left out; the last one stays, unknown,
-- so that an item about to launch is forecast too. Bulk sales count as usual ones (`bulk`).
WITH days AS (
    -- No earlier than the history itself: days before it would be many rows that say nothing.
    SELECT unnest(generate_series(
        greatest(getvariable('first_day'), (SELECT min(business_date) FROM inventory.trading_days)),
        getvariable('last_day'), INTERVAL 1 DAY))::DATE AS day
),
pairs AS (
    SELECT i.sku, i.location, l.region, p.launch_date
    FROM known_item_locations i JOIN known_locations l USING (location) JOIN products_in_force p USING (sku)
    WHERE i.status = 'active' AND l.kind <> 'dc'
        AND p.launch_date <= getvariable('business_date') + getvariable('horizon_days')::INT
        AND coalesce(p.exit_date, DATE '9999-12-31') >= getvariable('business_date')
),
sold AS (
    SELECT business_date AS day, sku, location, sum(sales)::BIGINT AS sales,
        bool_or(out_of_stock) AS out_of_stock, max(stockout_hours) AS stockout_hours,
        bit_or(stockout_mask) AS stockout_mask
    FROM inventory.demand_history
    WHERE business_date BETWEEN getvariable('first_day') AND getvariable('last_day') GROUP BY ALL
)
SELECT p.region, p.sku, p.location, d.day AS date,
    CASE WHEN t.status = 'open' AND d.day >= p.launch_date THEN
        greatest(coalesce(s.sales, 0) - coalesce(b.units, 0), 0) END::BIGINT AS sales,
    coalesce(s.out_of_stock, false) AS out_of_stock,
    s.stockout_hours,
    s.stockout_mask,
    coalesce(t.status = 'closed', false) AS closed
FROM pairs p CROSS JOIN days d
LEFT JOIN inventory.trading_days t ON t.location = p.location AND t.business_date = d.day
LEFT JOIN sold s ON s.sku = p.sku AND s.location = p.location AND s.day = d.day
LEFT JOIN bulk_units b ON b.sku = p.sku AND b.location = p.location AND b.day = d.day
WHERE d.day >= p.launch_date OR d.day = getvariable('last_day')
