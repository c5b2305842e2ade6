-- What lines that put units where they sell kept of the margin that they promised, once the goods of the next order
-- were due. Counterfactual: the line had not gone and all else had stayed. Its units were needed as far as the least
-- that was there, from their day until then, is below them. A record that is silent stands; without one nothing is said.
WITH judged AS (
    SELECT e.action_id, e.business_date, e.kind, p.region, p.category, e.currency, e.sku, e.destination,
        e.quantity, p.margin_kept * e.quantity / p.quantity AS promised, t.underage_cost, e.due_on AS first_day,
        greatest(e.due_on, e.business_date + ceil(t.protection_days)::INTEGER) AS last_day
    FROM exports.export_lines e
    JOIN actions.proposals p USING (business_date, action_id)
    JOIN plans.targets t ON t.business_date = e.business_date AND t.sku = e.sku AND t.location = e.destination
    LEFT JOIN known_acknowledgements a USING (idempotency_key)
    WHERE e.kind IN ('allocation', 'transfer') AND NOT t.echelon AND a.status IS DISTINCT FROM 'rejected'
),
closed AS (SELECT j.* FROM judged j, newest_date WHERE j.last_day <= newest),
starts AS (
    SELECT c.action_id, c.business_date, max(s.business_date) AS since
    FROM closed c JOIN known_stock_history s
        ON s.sku = c.sku AND s.location = c.destination AND s.business_date <= c.first_day
    GROUP BY ALL
),
lows AS (
    SELECT c.action_id, c.business_date, min(s.on_hand - s.reserved - s.damaged) AS least
    FROM closed c
    LEFT JOIN starts b USING (action_id, business_date)
    JOIN known_stock_history s ON s.sku = c.sku AND s.location = c.destination
        AND s.business_date BETWEEN coalesce(b.since, c.first_day) AND c.last_day
    GROUP BY ALL
),
kept AS (
    SELECT c.*, greatest(least(c.quantity - l.least, c.quantity), 0) AS needed
    FROM closed c JOIN lows l USING (action_id, business_date)
)
SELECT kind, region, category, currency, count(*) AS lines, sum(quantity)::BIGINT AS units,
    sum(needed)::BIGINT AS units_needed, round(sum(promised), 2) AS promised,
    round(sum(needed * underage_cost), 2) AS realised,
    round(sqrt(count(*)) * coalesce(stddev_samp(needed * underage_cost), 0), 2) AS realised_error
FROM kept
GROUP BY ALL
