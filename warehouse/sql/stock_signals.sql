-- Item-locations that run out within 48 hours, that have more than they sell in time, whose record is
-- worth a count, and to which goods were sent that are not booked.
-- keep_rate: what keeping a unit for a day costs, share of its cost; keep_days: most days of it.
WITH pairs AS (SELECT * FROM item_location_metrics WHERE counted),
projected AS (
    SELECT sku, location,
        exact_sum(lost) + greatest(-arg_max(closing, day), 0) AS units, max_by(out_chance, day) AS out_chance
    FROM plans.projected_stock
    WHERE business_date = getvariable('business_date') AND day <= getvariable('business_date') + 2
    GROUP BY ALL
),
surplus AS (
    SELECT *, available - order_up_to AS units FROM pairs WHERE above_target
),
overdue AS (
    SELECT sku, location, sum(units) AS units,
        CASE WHEN count(DISTINCT document) = 1 THEN min(document) END AS document
    FROM inventory.receipts_ahead
    WHERE business_date = getvariable('business_date') AND overdue_days > 0
        AND document_kind IN ('shipment', 'transfer')
    GROUP BY ALL
),
found AS (
    SELECT 'stock_out' AS kind, p.location || '|' || replace(p.category, '|', '/') AS subject,
        p.sku, p.location, NULL AS document, 'short' AS side, o.units, o.units * p.unit_margin AS money
    FROM pairs p JOIN projected o USING (sku, location) WHERE o.out_chance >= 0.5 AND o.units > 0
    UNION ALL
    -- A unit of a surplus waits for half of the days that all of it takes to sell.
    SELECT 'overstock', replace(category, '|', '/') || '|' || region, sku, location, NULL, 'over', units,
        units * unit_cost * getvariable('keep_rate')
            * least(coalesce(units / nullif(daily_demand, 0) / 2, getvariable('keep_days')),
                getvariable('keep_days'))
    FROM surplus
    UNION ALL
    SELECT 'phantom_stock', location, sku, location, NULL, 'neither', quantity, margin_kept
    FROM plans.count_plan WHERE business_date = getvariable('business_date')
    UNION ALL
    -- What is late is missed as far as the stock runs out before the next goods come.
    SELECT 'receipt_missing', o.location, o.sku, o.location, o.document, 'short', o.units,
        o.units * t.underage_cost * t.stock_out_chance
    FROM overdue o LEFT JOIN plans.targets t ON t.sku = o.sku AND t.location = o.location
        AND t.business_date = getvariable('business_date')
)
SELECT f.kind, f.subject, p.region, p.department, p.category, p.kind AS channel, NULL::VARCHAR AS supplier,
    f.document, f.sku, f.location, f.side, f.units::DOUBLE AS units_at_risk, round(f.money, 9) AS money_at_risk
FROM found f JOIN plans.planning_pairs p ON p.sku = f.sku AND p.location = f.location
    AND p.business_date = getvariable('business_date')
ORDER BY ALL
