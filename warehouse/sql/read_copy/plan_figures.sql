-- What the newest plan comes to in money, service, stock and work.
WITH actions AS (
    SELECT kind, supplier, quantity, value, benefit, status = 'waiting' AS waits,
        decided_by = 'policy' AND status = 'approved' AS is_automatic
    FROM actions.proposals JOIN actions.routed r USING (business_date, action_id)
    WHERE business_date = (SELECT newest FROM newest_date)
    UNION ALL
    -- What left with an earlier version of the plan; policy or people had let it go.
    SELECT kind, supplier, quantity, value, NULL, false, NULL
    FROM exports.export_lines e
    WHERE business_date = (SELECT newest FROM newest_date) AND NOT EXISTS (
        SELECT 1 FROM actions.proposals p
        WHERE p.business_date = e.business_date AND p.action_id = e.action_id)
),
by_kind AS (
    SELECT kind, count(*) AS actions, sum(quantity) AS units, sum(value::DECIMAL(18, 4)) AS value
    FROM actions GROUP BY kind
),
by_supplier AS (
    SELECT supplier, sum(value::DECIMAL(18, 4)) AS value
    FROM actions WHERE supplier IS NOT NULL GROUP BY supplier
),
short AS (
    SELECT count(*) FILTER (state = 'out') AS out, count(*) FILTER (state = 'about_to_be_out') AS soon,
        sum(lost_margin::DECIMAL(18, 4)) AS lost_margin
    FROM analysis.projected_stock_outs WHERE state IN ('out', 'about_to_be_out')
),
capital AS (
    SELECT arg_max(stock_with_proposals, week) AS stock_then, max(exposure_with_proposals) AS most
    FROM analysis.capital_by_week
),
demand AS (
    SELECT sum(mean::DECIMAL(18, 4)) AS units FROM demand.forecast
    WHERE business_date = (SELECT newest FROM newest_date)
),
figures AS (
    SELECT 'money' AS area, 'benefit of actions' AS figure, '' AS name, 'currency' AS unit,
        sum(benefit::DECIMAL(18, 4))::DOUBLE AS value FROM actions
    UNION ALL SELECT 'money', 'value of actions', kind, 'currency', value::DOUBLE FROM by_kind
    UNION ALL SELECT 'money', 'value of actions with supplier', supplier, 'currency', value::DOUBLE FROM by_supplier
    UNION ALL SELECT 'money', 'most tied up in a week', '', 'currency', most FROM capital
    UNION ALL SELECT 'service', 'item-locations out of stock', '', '', out::DOUBLE FROM short
    UNION ALL SELECT 'service', 'item-locations about to be', '', '', soon::DOUBLE FROM short
    UNION ALL SELECT 'service', 'margin lost', '', 'currency', coalesce(lost_margin, 0)::DOUBLE FROM short
    UNION ALL SELECT 'service', 'demand ahead', '', 'units', units::DOUBLE FROM demand
    UNION ALL SELECT 'stock', 'units of actions', kind, 'units', units::DOUBLE FROM by_kind
    UNION ALL SELECT 'stock', 'stock at the end of the horizon', '', 'currency', stock_then FROM capital
    UNION ALL SELECT 'work', 'actions', kind, '', actions::DOUBLE FROM by_kind
    UNION ALL SELECT 'work', 'actions that policy lets go', '', '',
        count(*) FILTER (is_automatic)::DOUBLE FROM actions
    UNION ALL SELECT 'work', 'actions that wait', '', '', count(*) FILTER (waits)::DOUBLE FROM actions
    UNION ALL SELECT 'work', 'actions that wait for role', role, '', actions::DOUBLE
    FROM analysis.waiting_by_role
)
SELECT area, figure, name, unit, round(value, 2) AS value FROM figures
-- Sums of nothing are no figures of a plan that is not there yet.
WHERE EXISTS (FROM analysis.newest_plan)
