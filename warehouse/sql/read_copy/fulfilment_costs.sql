-- What it cost to ship customers' orders that nodes were asked for, by the rates in force when they left. A line that
-- was asked of several nodes one after the other, as some refused it, left from the last one.
WITH asked AS (
    SELECT business_date, details->>'order_id' AS order_id, (details->>'order_line')::BIGINT AS order_line, origin
    FROM standing_lines
    WHERE kind = 'sourcing' AND business_date > (SELECT newest FROM newest_date) - 91
    QUALIFY row_number() OVER (
        PARTITION BY order_id, order_line ORDER BY business_date DESC, batch DESC, idempotency_key
    ) = 1
)
SELECT o.region, count(DISTINCT s.order_id) AS orders, count(*) AS lines, sum(s.quantity)::BIGINT AS units,
    round(sum((s.shipping_cost + s.parcel_cost + s.handling_cost)::DECIMAL(18, 4)), 2)::DOUBLE AS cost,
    cost / orders AS order_cost
FROM asked a
JOIN plans.order_sourcing s USING (business_date, order_id, order_line, origin)
JOIN known_online_orders o ON o.order_id = s.order_id AND o.line = s.order_line
GROUP BY ALL
