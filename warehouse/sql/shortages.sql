-- Item-locations that are out of stock or about to be, and DCs that have nothing for their places or soon
-- will, with what comes and what is planned.
-- tonight has what the actions of the business date bring; chosen names further pairs to tell of.
WITH receipts_by_day AS (
    SELECT sku, location, due_on, sum(units)::BIGINT AS units,
        string_agg(DISTINCT source, ';' ORDER BY source) AS source
    FROM open_receipts GROUP BY ALL
),
next_receipt AS (
    SELECT sku, location, min(due_on) AS due_on, arg_min(units, due_on) AS units,
        arg_min(source, due_on) AS source
    FROM receipts_by_day GROUP BY ALL
),
planned AS (
    SELECT sku, location, string_agg(DISTINCT kind, ';' ORDER BY kind) AS kinds,
        sum(units)::BIGINT AS units, min(due_on) AS due_on,
        CASE WHEN bool_or(status = 'waiting') THEN 'waiting' ELSE 'approved' END AS status
    FROM tonight WHERE status IN ('approved', 'waiting') GROUP BY ALL
),
refused AS (
    SELECT sku, location, arg_min(status, action_id) AS status, arg_min(rule, action_id) AS rule
    FROM tonight WHERE status IN ('blocked', 'rejected', 'withdrawn') GROUP BY ALL
),
-- Whose calculation broke nothing is planned of, whatever plans say of what is missing then: no lead
-- time, say. What is calculated of a plan that stands, as its projected stock, keeps nothing from it.
broken AS (
    SELECT m.sku, m.location, string_agg(DISTINCT s.asset, ', ' ORDER BY s.asset) AS assets
    FROM reporting.items_set_aside s JOIN item_location_metrics m USING (sku)
    WHERE s.business_date = getvariable('business_date') AND s.asset IN (
        'supply.supplier_scorecard', 'inventory.receipts_ahead', 'inventory.position', 'demand.unconstrained',
        'demand.forecast', 'plans.planning_pairs', 'plans.sale_values', 'plans.targets',
        'plans.allocation', 'plans.transfers_plan', 'plans.purchase_plan', 'actions.proposals')
    GROUP BY ALL
),
said AS (
    SELECT sku, location, reason, NULL AS "limit", NULL AS next_worth FROM plans.unlevelled
    WHERE business_date = getvariable('business_date')
    UNION ALL SELECT sku, location, reason, "limit", next_worth FROM plans.unserved
    WHERE business_date = getvariable('business_date')
    UNION ALL SELECT sku, location, reason, "limit", NULL FROM plans.unordered
    WHERE business_date = getvariable('business_date')
),
metrics AS (
    SELECT m.* REPLACE (coalesce(d.state, m.state) AS state,
            coalesce(d.empty_on - (m.business_date + 1), m.days_until_out) AS days_until_out),
        d.state IS NOT NULL AS dc_short, d.ends_on,
        -- A DC tells of its own gap, and any other place of its DC's.
        coalesce(d.empty_on, g.empty_on) AS empty_on,
        CASE WHEN d.state IS NULL THEN g.goods_on ELSE d.goods_on END AS goods_on,
        CASE WHEN d.state IS NULL THEN g.goods_units ELSE d.goods_units END AS goods_units,
        CASE WHEN d.state IS NULL THEN g.goods_share ELSE d.goods_share END AS goods_share,
        CASE WHEN d.state IS NULL AND g.goods_on IS NOT NULL THEN g.there_on END AS goods_here_on,
        round(coalesce(d.lost_margin, g.lost_margin), 2) AS gap_lost_margin, g.there_on,
        g.lost_units AS waiting_units, g.lost_margin AS waiting_margin
    FROM item_location_metrics m
    -- A store that feeds others and is short itself is told of as a store.
    LEFT JOIN dc_gaps d ON d.sku = m.sku AND d.location = m.location
        AND m.state NOT IN ('out', 'about_to_be_out', 'unknown')
    LEFT JOIN plans.supply_gaps g ON g.sku = m.sku AND g.location = m.location
        AND g.business_date = m.business_date
),
left_out AS (
    SELECT sku, location, 'set_aside' AS reason, assets AS "limit", NULL AS next_worth FROM broken
    UNION ALL SELECT * FROM said ANTI JOIN broken USING (sku, location)
),
short AS (
    SELECT * FROM metrics m
    WHERE m.dc_short OR m.state IN ('out', 'about_to_be_out', 'unknown')
        OR EXISTS (SELECT 1 FROM chosen c WHERE c.sku = m.sku AND c.location = m.location)
),
-- What places lose that are not short themselves yet is told by the row of their DC, and there alone.
only_by_dc AS (
    SELECT g.sku, g.supply_location AS location, exact_sum(g.lost_units) AS units,
        exact_sum(g.lost_margin) AS margin
    FROM plans.supply_gaps g JOIN item_location_metrics m ON m.sku = g.sku AND m.location = g.location
    WHERE g.business_date = getvariable('business_date')
        AND m.state NOT IN ('out', 'about_to_be_out', 'unknown')
    GROUP BY ALL
),
brings AS (
    SELECT r.sku, r.location, r.due_on, string_agg(DISTINCT document, ';' ORDER BY document) AS documents
    FROM inventory.receipts_ahead r
    WHERE r.business_date = getvariable('business_date') AND expected_units > 0
        AND document_kind <> 'proposal'
    GROUP BY ALL
),
-- The first receipt that ends the shortage, not one that comes before it.
relief AS (
    SELECT s.sku, s.location, min(r.due_on) AS due_on
    FROM short s JOIN receipts_by_day r USING (sku, location)
    WHERE r.due_on - (s.business_date + 1) >= s.days_until_out GROUP BY ALL
),
told AS (
    SELECT s.*, n.due_on AS receipt_on, n.units AS receipt_units, n.source AS receipt_source,
        t.kinds AS planned_kinds, t.units AS planned_units, t.due_on AS planned_on,
        t.status AS planned_status, f.status AS refused_status, f.rule AS refused_rule,
        -- A shelf that holds as little is no less at its end.
        CASE WHEN h.most_level = s.shelf_max THEN h.level_change END AS level_held_by,
        d.available AS supply_available, dn.due_on AS supply_receipt_on,
        dn.units AS supply_receipt_units, dt.due_on AS supply_planned_on,
        dt.units AS supply_planned_units, du.reason AS supply_reason, du."limit" AS supply_limit,
        s.business_date + 1 + list_min(list_filter(range(1, 8), k -> substring(s.order_weekdays,
            (isodow(s.business_date + 1) - 1 + k) % 7 + 1, 1) = '1'))::INT AS next_order_on,
        l.reason AS left_out, l.limit, l.next_worth,
        -- Days from the next one on.
        least(w.due_on, t.due_on) - (s.business_date + 1) AS relief_days,
        least(dn.due_on, dt.due_on) - (s.business_date + 1) + s.lead_time_mean AS by_supply,
        b.documents AS goods_documents, o.units AS dc_lost_units, o.margin AS dc_lost_margin
    FROM short s
    LEFT JOIN next_receipt n ON n.sku = s.sku AND n.location = s.location
    LEFT JOIN planned t ON t.sku = s.sku AND t.location = s.location
    LEFT JOIN refused f ON f.sku = s.sku AND f.location = s.location
    LEFT JOIN left_out l ON l.sku = s.sku AND l.location = s.location
    LEFT JOIN relief w ON w.sku = s.sku AND w.location = s.location
    LEFT JOIN plans.planning_pairs d ON d.sku = s.sku AND d.location = s.supply_location
        AND d.business_date = s.business_date
    LEFT JOIN next_receipt dn ON dn.sku = s.sku AND dn.location = s.supply_location
    LEFT JOIN planned dt ON dt.sku = s.sku AND dt.location = s.supply_location
    LEFT JOIN plans.changed_levels h ON h.sku = s.sku AND h.location = s.location
        AND h.business_date = s.business_date
    LEFT JOIN brings b ON b.sku = s.sku AND b.due_on = s.goods_on
        AND b.location = CASE WHEN s.dc_short THEN s.location ELSE s.supply_location END
    LEFT JOIN only_by_dc o ON o.sku = s.sku AND o.location = s.location
    LEFT JOIN plans.unordered du ON du.sku = s.sku AND du.location = s.supply_location
        AND du.business_date = s.business_date
),
-- Where nothing comes and nothing is planned: when goods could be there, at the earliest.
ended AS (
    SELECT *, NOT dc_short AND relief_days IS NULL AND there_on IS NOT NULL
            AND coalesce(left_out IN ('dc_empty', 'dc_supply_taken'), FALSE) AS waits_for_dc,
        CASE WHEN dc_short THEN ends_on - (business_date + 1) ELSE coalesce(relief_days,
        CASE WHEN left_out IN ('dc_empty', 'dc_supply_taken')
                THEN coalesce(there_on - (business_date + 1), greatest(protection_days, by_supply))
            WHEN left_out = 'no_lane_today' THEN next_order_on - (business_date + 1) + lead_time_mean
            ELSE protection_days END) END AS until_days
    FROM told
),
lost AS (
    SELECT *, CASE WHEN dc_short THEN 0 WHEN waits_for_dc THEN waiting_units
            WHEN daily_demand IS NOT NULL
                THEN coalesce(daily_demand * greatest(until_days - days_until_out, 0), 0) END AS own_units,
        CASE WHEN dc_short THEN 0 WHEN waits_for_dc THEN waiting_margin
            ELSE own_units * unit_margin END AS own_margin
    FROM ended
)
SELECT region, department, sku, location, currency, status, state, available,
    inventory_position, order_up_to, binding AS level_binding, level_held_by, protection_days, daily_demand,
    margin_a_day, days_until_out, coming_units, receipt_on, receipt_units, receipt_source,
    planned_kinds, planned_units, planned_on, planned_status, refused_status, refused_rule,
    supply_location, supply_available, supply_receipt_on, supply_receipt_units,
    supply_planned_on, supply_planned_units, supply_reason, supply_limit, next_order_on, left_out, "limit",
    next_worth, empty_on, goods_on, goods_units, goods_documents, goods_share,
    goods_here_on, gap_lost_margin, business_date + 1 + ceil(until_days)::INT AS short_until,
    -- With its own what the places lose that it feeds and that have no row of their own.
    coalesce(own_units + coalesce(dc_lost_units, 0), dc_lost_units) AS lost_units,
    round(coalesce(own_margin + coalesce(dc_lost_margin, 0), dc_lost_margin), 2) AS lost_margin
FROM lost
ORDER BY sku, location
