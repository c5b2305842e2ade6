-- Units of the window that single receipts took far beyond what the pair and its item ever sold, and
-- those of wholesale receipts, with the units of each that count as demand.
-- `wholesale` has the patterns of such receipts.
WITH days AS (
    SELECT sku, location, business_date AS day, sum(sales) AS units FROM inventory.demand_history
    WHERE business_date BETWEEN getvariable('first_day') AND getvariable('last_day') AND sales > 0
    GROUP BY ALL
),
-- One customer may come back within a week: what sells again after that is a habit.
top AS (
    SELECT sku, location, max({'units': units, 'day': day}).day AS day FROM days GROUP BY ALL
),
rest AS (
    SELECT d.sku, d.location, t.day,
        coalesce(max(d.units) FILTER (abs(d.day - t.day) >= 7), 0) AS most,
        count(*) FILTER (abs(d.day - t.day) >= 7) AS times
    FROM days d JOIN top t USING (sku, location) GROUP BY ALL
),
suspects AS (
    SELECT d.sku, d.location, d.day, r.most
    FROM days d JOIN rest r ON r.sku = d.sku AND r.location = d.location AND abs(d.day - r.day) < 7
    JOIN known_products p ON p.sku = d.sku
    WHERE d.units >= getvariable('least_units')
        AND d.units > getvariable('times') * greatest(r.most, 1)
        -- Of an item just launched nobody knows what is usual.
        AND (r.times >= 7 OR p.launch_date <= d.day - 28)
),
-- Where nothing is suspected, as mostly, no sale need be looked at.
sales AS (
    SELECT sku, location, timestamp, receipt, quantity FROM known_pos_sales
    WHERE (SELECT count(*) FROM suspects) > 0
        AND timestamp >= getvariable('first_day') AND timestamp < getvariable('last_day') + 1
),
taken AS (
    SELECT s.sku, s.location, s.day, s.most, x.receipt, sum(x.quantity) AS units
    FROM sales x JOIN suspects s
        ON s.sku = x.sku AND s.location = x.location AND s.day = x.timestamp::DATE
    GROUP BY ALL
),
-- What a line of the item takes at most but in one of a hundred, bulk sales of its own left out.
lines AS (
    SELECT x.sku, quantile_disc(x.quantity, 0.99) AS most FROM sales x
    SEMI JOIN suspects s ON s.sku = x.sku
    ANTI JOIN suspects o ON o.sku = x.sku AND o.location = x.location AND o.day = x.timestamp::DATE
    GROUP BY ALL
),
bulk AS (
    SELECT t.sku, t.location, t.day, t.receipt, t.units,
        greatest(t.most, coalesce(l.most, 0), 1) AS usual
    FROM taken t LEFT JOIN lines l USING (sku)
    ANTI JOIN wholesale w ON t.receipt GLOB w.pattern
    WHERE t.units >= getvariable('least_units')
        AND t.units > getvariable('times') * greatest(t.most, coalesce(l.most, 0), 1)
),
by_policy AS (
    SELECT sku, location, timestamp::DATE AS day, receipt, sum(quantity) AS units
    FROM known_pos_sales x SEMI JOIN wholesale w ON x.receipt GLOB w.pattern
    WHERE timestamp >= getvariable('first_day') AND timestamp < getvariable('last_day') + 1
    GROUP BY ALL
)
SELECT sku, location, day AS date, receipt, units::BIGINT AS units,
    -- Of several on one day, one counts as a usual sale.
    CASE WHEN row_number() OVER (PARTITION BY sku, location, day ORDER BY units DESC, receipt) = 1
        THEN usual ELSE 0 END::BIGINT AS counted, false AS wholesale
FROM bulk
UNION ALL
SELECT sku, location, day, receipt, units::BIGINT, 0, true FROM by_policy
ORDER BY sku, location, date, receipt
