-- The stock record before, every movement since, and what the closing record should say; of
-- locations whose record of the business date has come.
WITH before AS (
    SELECT location, max(read_until) AS read_until FROM known_stock_before GROUP BY location
),
latest AS (
    SELECT location, max(read_until) AS feed_until FROM known_stock_records GROUP BY location
),
closing AS (
    SELECT r.*, l.feed_until FROM known_stock_records r JOIN latest l USING (location)
    WHERE l.feed_until::DATE = getvariable('business_date')
),
moved AS (
    SELECT m.sku, m.location,
        coalesce(-sum(units) FILTER (kind = 'sales'), 0)::BIGINT AS sales,
        coalesce(sum(units) FILTER (kind = 'returns'), 0)::BIGINT AS returns,
        coalesce(sum(units) FILTER (kind = 'receipts'), 0)::BIGINT AS receipts,
        coalesce(sum(units) FILTER (kind = 'transfers_in'), 0)::BIGINT AS transfers_in,
        coalesce(-sum(units) FILTER (kind = 'transfers_out'), 0)::BIGINT AS transfers_out,
        coalesce(sum(units) FILTER (kind = 'adjustments'), 0)::BIGINT AS adjustments,
        sum(units)::BIGINT AS net
    FROM stock_movements m JOIN before b USING (location)
    JOIN closing c ON c.sku = m.sku AND c.location = m.location
    WHERE m.moved_at > b.read_until AND m.moved_at <= c.feed_until GROUP BY ALL
)
SELECT c.region, c.sku, c.location, o.on_hand AS opening,
    coalesce(m.sales, 0) AS sales, coalesce(m.returns, 0) AS returns,
    coalesce(m.receipts, 0) AS receipts, coalesce(m.transfers_in, 0) AS transfers_in,
    coalesce(m.transfers_out, 0) AS transfers_out, coalesce(m.adjustments, 0) AS adjustments,
    c.on_hand AS closing,
    c.on_hand - o.on_hand - coalesce(m.net, 0) AS discrepancy,
    round((c.on_hand - o.on_hand - coalesce(m.net, 0)) * p.unit_cost, 2) AS discrepancy_value
FROM closing c JOIN known_stock_before o USING (sku, location) JOIN known_products p USING (sku)
LEFT JOIN moved m USING (sku, location)
JOIN known_locations l ON l.location = c.location
LEFT JOIN inventory.trading_days t ON t.location = c.location
    AND t.business_date = getvariable('business_date')
-- A pair with no change and no movement balances by itself; where sales are unknown, nothing does.
WHERE (m.sku IS NOT NULL OR c.on_hand <> o.on_hand) AND (l.kind = 'dc' OR t.status <> 'missing')
