-- Sales, returns and stock-out marks of each of the rebuilt days. Rows landed with the region of their
-- location then; a location that has moved to another since is of that one, with all of its history.
-- What a customer took in place of the item that he ordered, on a day up to `substituted_days` after he
-- was asked, counts as sold of that item, and is paid for neither: it is no price of either.
WITH answers AS (
    SELECT coalesce(receipt, order_id) AS receipt, substitute AS sku, sku AS ordered,
        offered_at::DATE AS asked_on, quantity, sum(quantity) OVER before - quantity AS from_unit
    FROM known_substitution_outcomes
    WHERE outcome = 'accepted' AND offered_at < getvariable('last_day') + 1
        AND offered_at >= getvariable('first_day') - 2 * getvariable('substituted_days')::INT
    WINDOW before AS (PARTITION BY coalesce(receipt, order_id), substitute ORDER BY order_id, line)
),
sent AS (
    SELECT receipt, line, sku, timestamp::DATE AS day, quantity,
        sum(quantity) OVER before - quantity AS from_unit
    FROM known_pos_sales s SEMI JOIN answers a ON a.receipt = s.receipt AND a.sku = s.sku
    WHERE timestamp < getvariable('last_day') + 1
        AND timestamp >= getvariable('first_day') - getvariable('substituted_days')::INT
    WINDOW before AS (PARTITION BY receipt, sku ORDER BY timestamp, line)
),
-- The units of a receipt, counted through, are those of the answers, counted through.
moved AS (
    SELECT s.receipt, s.line, a.ordered, least(s.from_unit + s.quantity, a.from_unit + a.quantity)
        - greatest(s.from_unit, a.from_unit) AS units
    FROM sent s JOIN answers a ON a.receipt = s.receipt AND a.sku = s.sku
        AND s.day BETWEEN a.asked_on AND a.asked_on + getvariable('substituted_days')::INT
    WHERE least(s.from_unit + s.quantity, a.from_unit + a.quantity)
        > greatest(s.from_unit, a.from_unit)
),
left_over AS (SELECT receipt, line, sum(units) AS units FROM moved GROUP BY ALL),
lines AS (
    SELECT * FROM known_pos_sales
    WHERE timestamp >= getvariable('first_day') AND timestamp < getvariable('last_day') + 1
),
counted AS (
    SELECT timestamp::DATE AS day, region, sku, location, channel,
        quantity - coalesce(m.units, 0) AS sales, quantity - coalesce(m.units, 0) AS own_sales,
        net_value * (1 - coalesce(m.units, 0) / quantity) AS net_value,
        list_value * (1 - coalesce(m.units, 0) / quantity) AS list_value
    FROM lines s LEFT JOIN left_over m ON m.receipt = s.receipt AND m.line = s.line
    WHERE quantity > coalesce(m.units, 0)
    UNION ALL
    SELECT timestamp::DATE, region, m.ordered, location, channel, m.units, 0, 0, 0
    FROM lines s JOIN moved m ON m.receipt = s.receipt AND m.line = s.line
),
sold AS (
    SELECT day, max(region) AS region, sku, location, channel, sum(sales) AS sales,
        sum(own_sales) AS own_sales, sum(net_value) AS net_value, sum(list_value) AS list_value
    FROM counted GROUP BY day, sku, location, channel
),
back AS (
    SELECT timestamp::DATE AS day, max(region) AS region, sku, location, channel, sum(quantity) AS returned
    FROM known_returns
    WHERE timestamp >= getvariable('first_day') AND timestamp < getvariable('last_day') + 1
    GROUP BY timestamp::DATE, sku, location, channel
),
hours AS (
    SELECT date AS day, region, sku, location, hours, mask FROM known_stockout_hours
    WHERE date BETWEEN getvariable('first_day') AND getvariable('last_day') AND hours > 0
),
-- A stock record holds from its day to the next one: only the empty stretches are spelt out, and
-- only pairs that have one are put in order.
closes AS (
    SELECT region, sku, location, held_on AS business_date, on_hand - reserved - damaged <= 0 AS empty
    FROM known_stock_before
    UNION ALL
    SELECT max(region), sku, location, held_on, arg_max(on_hand - reserved - damaged, recency) <= 0
    FROM known_stock_history
    WHERE held_on BETWEEN getvariable('first_day') AND getvariable('last_day')
    GROUP BY sku, location, held_on
),
records AS (
    SELECT region, sku, location, business_date AS from_day, empty,
        lead(business_date, 1, getvariable('last_day') + 1)
            OVER (PARTITION BY sku, location ORDER BY business_date) AS to_day
    FROM closes SEMI JOIN (SELECT DISTINCT sku, location FROM closes WHERE empty) USING (sku, location)
),
empty_days AS (
    SELECT unnest(generate_series(greatest(from_day, getvariable('first_day')), to_day - 1,
        INTERVAL 1 DAY))::DATE AS day, region, sku, location
    FROM records WHERE empty AND to_day > getvariable('first_day')
),
marks AS (
    SELECT day, max(region) AS region, sku, location, max(hours) AS hours,
        bit_or(mask) AS mask
    FROM (
        SELECT day, region, sku, location, hours, mask FROM hours
        UNION ALL SELECT day, region, sku, location, NULL, NULL FROM empty_days)
    GROUP BY day, sku, location
),
-- A mark without a sale still needs a row, on the channel that the location sells through.
marked AS (
    SELECT m.day, m.region, m.sku, m.location,
        CASE l.kind WHEN 'ecom' THEN 'ecom' WHEN 'marketplace' THEN 'marketplace' ELSE 'store' END
            AS channel
    FROM marks m JOIN known_locations l USING (location)
    JOIN known_item_locations i ON i.sku = m.sku AND i.location = m.location AND i.status = 'active'
    WHERE l.kind <> 'dc'
),
keys AS (
    SELECT day, max(region) AS region, sku, location, channel
    FROM (
        SELECT day, region, sku, location, channel FROM sold
        UNION ALL SELECT day, region, sku, location, channel FROM back
        UNION ALL SELECT day, region, sku, location, channel FROM marked)
    GROUP BY day, sku, location, channel
)
SELECT k.day AS business_date, coalesce(l.region, k.region) AS region, k.sku, k.location, k.channel,
    coalesce(s.sales, 0)::BIGINT AS sales,
    coalesce(s.own_sales, 0)::BIGINT AS own_sales,
    coalesce(b.returned, 0)::BIGINT AS returned,
    round(coalesce(s.net_value, 0), 2) AS net_value,
    round(coalesce(s.list_value, 0), 2) AS list_value,
    m.day IS NOT NULL AS out_of_stock,
    m.hours AS stockout_hours,
    m.mask AS stockout_mask
FROM keys k JOIN rebuilt_days d ON d.day = k.day
LEFT JOIN known_locations l ON l.location = k.location
LEFT JOIN sold s ON s.day = k.day AND s.sku = k.sku AND s.location = k.location AND s.channel = k.channel
LEFT JOIN back b ON b.day = k.day AND b.sku = k.sku AND b.location = k.location AND b.channel = k.channel
LEFT JOIN marks m ON m.day = k.day AND m.sku = k.sku AND m.location = k.location
