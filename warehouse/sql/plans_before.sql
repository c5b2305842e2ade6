-- Stocks of `wanted` (sku, location, until) with the newest plan whose goods were to be there by the day
-- `until`; where there is none from the night `first_night` on, with the plan of the oldest night.
WITH nights AS (
    SELECT w.sku, w.location, w.until, t.business_date AS since, t.echelon, t.order_up_to,
        t.inventory_position, u.reason AS left_out, u."limit",
        t.business_date + ceil(t.protection_days)::INT - 1 <= w.until AS goods_due
    FROM wanted w
    JOIN plans.targets t ON t.sku = w.sku AND t.location = w.location AND t.business_date < w.until
        AND t.business_date >= getvariable('first_night')
    JOIN inventory.position x ON x.business_date = t.business_date AND x.sku = t.sku
        AND x.location = t.location AND x.on_hand IS NOT NULL
    LEFT JOIN (
        SELECT business_date, sku, location, reason, "limit" FROM plans.unserved
        UNION ALL SELECT business_date, sku, location, reason, "limit" FROM plans.unordered
    ) u ON u.business_date = t.business_date AND u.sku = t.sku AND u.location = t.location
    WHERE t.inventory_position IS NOT NULL
),
chosen AS (
    -- A night on which no lane ships is no chance to send.
    SELECT * FROM nights WHERE left_out IS DISTINCT FROM 'no_lane_today'
    QUALIFY row_number() OVER (PARTITION BY sku, location, until
        ORDER BY goods_due DESC, CASE WHEN goods_due THEN until - since ELSE since - until END, left_out) = 1
),
planned AS (
    SELECT business_date, sku, destination AS location, quantity FROM plans.allocation
    UNION ALL
    SELECT business_date, sku, destination, quantity FROM plans.transfers_plan
    UNION ALL
    SELECT business_date, sku, destination, quantity FROM plans.purchase_plan
),
wished AS (
    SELECT c.sku, c.location, c.until, sum(p.quantity) AS units
    FROM chosen c JOIN planned p ON p.business_date = c.since AND p.sku = c.sku AND p.location = c.location
    GROUP BY ALL
),
-- By the version in force: what earlier ones had handed out is no part of what it planned.
handed_out AS (
    SELECT c.sku, c.location, c.until, sum(e.quantity) AS units
    FROM chosen c JOIN standing_lines e ON e.business_date = c.since AND e.sku = c.sku
        AND e.destination = c.location
    JOIN plans.plan_versions v ON v.business_date = e.business_date AND v.plan_version = e.plan_version
        AND v.current
    SEMI JOIN inbound_kinds k ON k.kind = e.kind
    GROUP BY ALL
)
SELECT c.*, i.supply_location, coalesce(w.units, 0)::BIGINT AS planned,
    least(coalesce(h.units, 0), coalesce(w.units, 0))::BIGINT AS released
FROM chosen c JOIN known_item_locations i USING (sku, location)
LEFT JOIN wished w USING (sku, location, until) LEFT JOIN handed_out h USING (sku, location, until)
ORDER BY c.sku, c.location, c.until
