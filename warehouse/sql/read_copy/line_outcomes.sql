-- Each line that left, with what was promised, what documents show of it, and what it kept of its promise once the
-- goods of the next order were due. Counterfactual: the units had not come and all else had stayed. They were needed as
-- far as the least that was there, from the day on which they came until then, is below them. A record that is silent
-- stands.
WITH came AS (
    SELECT proposal_ref AS action_id, max(received_on) AS came_on, sum(received_quantity) AS units
    FROM known_transfers WHERE proposal_ref IS NOT NULL AND received_on IS NOT NULL AND received_quantity > 0
    GROUP BY ALL
),
lines AS (
    SELECT e.action_id, e.business_date, e.sku, e.destination, c.came_on,
        c.units, p.margin_kept * c.units / p.quantity AS promised, p.margin_given_up * c.units / p.quantity AS given_up,
        p.moving_cost * c.units / p.quantity AS trip_cost, t.underage_cost, t.overage_cost,
        greatest(e.due_on, e.business_date + ceil(t.protection_days)::INTEGER) AS last_day
    FROM exports.export_lines e
    SEMI JOIN known_products i ON i.sku = e.sku
    SEMI JOIN known_locations l ON l.location = e.destination
    JOIN plans.targets t ON t.business_date = e.business_date AND t.sku = e.sku AND t.location = e.destination
    LEFT JOIN actions.proposals p ON p.business_date = e.business_date AND p.action_id = e.action_id
    LEFT JOIN came c ON c.action_id = e.action_id
    WHERE e.kind IN ('allocation', 'transfer') AND NOT t.echelon
),
closed AS (SELECT s.* FROM lines s, newest_date WHERE s.last_day <= newest),
records AS (
    SELECT sku, location, held_on, on_hand - reserved - damaged AS units FROM known_stock_history
),
starts AS (
    SELECT c.action_id, c.business_date, max(r.held_on) AS since
    FROM closed c JOIN records r ON r.sku = c.sku AND r.location = c.destination AND r.held_on <= c.came_on
    GROUP BY ALL
),
lows AS (
    SELECT c.action_id, c.business_date, min(r.units) AS least
    FROM closed c JOIN starts b USING (action_id, business_date)
    JOIN records r ON r.sku = c.sku AND r.location = c.destination AND r.held_on BETWEEN b.since AND c.last_day
    WHERE b.since = c.came_on
    GROUP BY ALL
),
kept AS (
    SELECT c.*, greatest(least(c.units - w.least, c.units), 0) AS needed,
        w.least IS NOT NULL AND c.promised IS NOT NULL AS is_judged,
        needed * c.underage_cost - (c.units - needed) * c.overage_cost AS realised
    FROM closed c LEFT JOIN lows w USING (action_id, business_date)
),
documents AS (
    SELECT proposal_ref, sum(ordered_quantity) AS units FROM known_purchase_orders
    WHERE proposal_ref IS NOT NULL AND status <> 'cancelled' GROUP BY ALL
    UNION ALL
    SELECT proposal_ref, sum(shipped_quantity) FROM known_transfers
    WHERE proposal_ref IS NOT NULL GROUP BY ALL
),
shown AS (SELECT proposal_ref AS action_id, sum(units)::BIGINT AS units FROM documents GROUP BY ALL)
SELECT e.* EXCLUDE (message, acknowledged_on, erp_document), p.benefit AS promised_benefit, s.units AS shown_units,
    k.last_day AS next_goods_on,
    CASE WHEN k.is_judged THEN k.units::BIGINT END AS came_units,
    CASE WHEN k.is_judged THEN k.needed::BIGINT END AS units_needed,
    CASE WHEN k.is_judged THEN k.promised END AS promised,
    CASE WHEN k.is_judged THEN k.given_up END AS given_up,
    CASE WHEN k.is_judged THEN k.trip_cost END AS trip_cost,
    CASE WHEN k.is_judged THEN k.realised END AS realised
FROM analysis.exported_lines e
LEFT JOIN actions.proposals p ON p.business_date = e.business_date AND p.action_id = e.action_id
LEFT JOIN shown s ON s.action_id = e.action_id
LEFT JOIN kept k ON k.action_id = e.action_id AND k.business_date = e.business_date
