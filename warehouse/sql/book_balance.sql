-- Opening stock, every movement of the business date, and what the closing record should say.
WITH today AS (SELECT getvariable('business_date') AS day),
closing AS (SELECT sku, location, region, on_hand FROM known_stock),
opening AS (SELECT sku, location, on_hand FROM known_stock_before),
moves AS (
    SELECT sku, fulfilment_location AS location, -sum(quantity) AS units, 'sales' AS kind
    FROM known_pos_sales WHERE timestamp::DATE = (SELECT day FROM today) GROUP BY ALL
    UNION ALL SELECT sku, location, sum(quantity), 'returns' FROM known_returns
    WHERE timestamp::DATE = (SELECT day FROM today) GROUP BY ALL
    UNION ALL SELECT sku, location, sum(received), 'receipts' FROM known_receipts
    WHERE timestamp::DATE = (SELECT day FROM today) GROUP BY ALL
    UNION ALL SELECT sku, destination, sum(received_quantity), 'transfers_in' FROM known_transfers
    WHERE received_on = (SELECT day FROM today) GROUP BY ALL
    UNION ALL SELECT sku, origin, -sum(shipped_quantity), 'transfers_out' FROM known_transfers
    WHERE shipped_on = (SELECT day FROM today) GROUP BY ALL
    UNION ALL SELECT sku, location, sum(quantity), 'adjustments' FROM known_adjustments
    WHERE timestamp::DATE = (SELECT day FROM today) GROUP BY ALL
),
moved AS (
    SELECT sku, location,
        coalesce(-sum(units) FILTER (kind = 'sales'), 0)::BIGINT AS sales,
        coalesce(sum(units) FILTER (kind = 'returns'), 0)::BIGINT AS returns,
        coalesce(sum(units) FILTER (kind = 'receipts'), 0)::BIGINT AS receipts,
        coalesce(sum(units) FILTER (kind = 'transfers_in'), 0)::BIGINT AS transfers_in,
        coalesce(-sum(units) FILTER (kind = 'transfers_out'), 0)::BIGINT AS transfers_out,
        coalesce(sum(units) FILTER (kind = 'adjustments'), 0)::BIGINT AS adjustments,
        sum(units)::BIGINT AS net
    FROM moves GROUP BY ALL
)
SELECT c.region, c.sku, c.location, o.on_hand AS opening,
    coalesce(m.sales, 0) AS sales, coalesce(m.returns, 0) AS returns,
    coalesce(m.receipts, 0) AS receipts, coalesce(m.transfers_in, 0) AS transfers_in,
    coalesce(m.transfers_out, 0) AS transfers_out, coalesce(m.adjustments, 0) AS adjustments,
    c.on_hand AS closing,
    c.on_hand - o.on_hand - coalesce(m.net, 0) AS discrepancy,
    round((c.on_hand - o.on_hand - coalesce(m.net, 0)) * p.unit_cost, 2) AS discrepancy_value
FROM closing c JOIN opening o USING (sku, location) JOIN known_products p USING (sku)
LEFT JOIN moved m USING (sku, location)
JOIN known_locations l ON l.location = c.location
LEFT JOIN inventory.trading_days t ON t.location = c.location
    AND t.business_date = getvariable('business_date')
-- A pair with no change and no movement balances by itself; where sales are unknown, nothing does.
WHERE (m.sku IS NOT NULL OR c.on_hand <> o.on_hand) AND (l.kind = 'dc' OR t.status <> 'missing')
