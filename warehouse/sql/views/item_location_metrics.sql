-- The metrics of every item-location of the assortment, each defined here and nowhere else.
-- docs/glossary.md says in words what each of them means.
WITH pairs AS (
    SELECT p.*, t.echelon, t.order_up_to, t.binding, t.protection_days, t.underage_cost AS unit_margin,
        p.status = 'active' AS replenished,
        p.status = 'active' AND p.kind <> 'dc' AS counted,
        coalesce(p.launch_date, p.business_date) > p.business_date + 1 AS before_launch,
        coalesce(t.inventory_position, p.available + p.in_transit + p.on_order + p.proposed_inbound)
            AS inventory_position,
        p.on_hand * p.unit_cost AS stock_value,
        -- Demand at a place that sells; that of a DC is the sum of the places it feeds.
        CASE WHEN p.kind <> 'dc' THEN t.demand_mean / nullif(t.protection_days, 0) END AS daily_demand
    FROM plans.planning_pairs p
    LEFT JOIN plans.targets t ON t.sku = p.sku AND t.location = p.location
        AND t.business_date = p.business_date
    WHERE p.business_date = getvariable('business_date')
),
dated AS (
    SELECT sku, location, due_on - (getvariable('business_date') + 1) AS days, sum(units) AS units
    FROM open_receipts GROUP BY ALL
),
-- Stock, and what comes before each receipt, over daily demand: the first that does not reach its
-- receipt is when the shelf is empty.
gaps AS (
    SELECT p.sku, p.location, d.days,
        (p.available + coalesce(sum(d.units) OVER earlier, 0)) / nullif(p.daily_demand, 0) AS lasts
    FROM pairs p JOIN dated d USING (sku, location)
    WINDOW earlier AS (PARTITION BY p.sku, p.location ORDER BY d.days
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
),
first_gaps AS (
    SELECT sku, location, min(lasts) FILTER (lasts < days) AS days_until_gap FROM gaps GROUP BY ALL
),
comes AS (SELECT sku, location, sum(units) AS units FROM dated GROUP BY ALL),
timed AS (
    SELECT p.*,
        p.available / nullif(p.daily_demand, 0) AS days_of_cover,
        round(p.daily_demand * p.unit_margin, 2) AS margin_a_day,
        coalesce(c.units, 0)::BIGINT AS coming_units,
        CASE WHEN p.available = 0 AND NOT p.before_launch THEN 0
             ELSE coalesce(r.days_until_gap,
                (p.available + coalesce(c.units, 0)) / nullif(p.daily_demand, 0)) END AS days_until_out
    FROM pairs p
    LEFT JOIN first_gaps r USING (sku, location)
    LEFT JOIN comes c USING (sku, location)
)
SELECT *,
    CASE WHEN NOT counted THEN 'not_replenished'
         WHEN available IS NULL THEN 'unknown'
         WHEN available = 0 AND NOT before_launch THEN 'out'
         -- Left out of the plan: nobody can tell how long its stock lasts.
         WHEN daily_demand IS NULL THEN 'unknown'
         WHEN days_until_out < protection_days THEN 'about_to_be_out'
         WHEN before_launch THEN 'before_launch'
         ELSE 'enough' END AS state,
    counted AND inventory_position < order_up_to AS below_target,
    counted AND available > 2 * order_up_to AS above_target
FROM timed
