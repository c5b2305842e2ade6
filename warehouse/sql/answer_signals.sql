-- What other systems answer otherwise than was asked, or not at all, by the kind of action and the node that it is
-- about. Goods that lack are missed as far as the stock runs out before the next ones come; of what brings none at
-- risk is what its action stated to gain. `faults` has the lines.
WITH stated AS (
    SELECT action_id, arg_max(benefit, business_date) AS benefit, arg_max(quantity, business_date) AS quantity
    FROM actions.proposals WHERE business_date < getvariable('business_date') GROUP BY ALL
),
zones AS (
    -- A price zone that is within one region is of it.
    SELECT place, min(region) AS region
    FROM (
        SELECT price_zone AS place, region FROM known_locations
        UNION ALL SELECT region, region FROM known_locations
    )
    WHERE place IS NOT NULL GROUP BY place HAVING count(DISTINCT region) = 1
),
placed AS (
    SELECT f.*, coalesce(d.location, o.location, f.destination) AS location
    FROM faults f
    LEFT JOIN known_locations d ON d.location = f.destination
    LEFT JOIN known_locations o ON o.location = f.origin
),
found AS (
    SELECT CASE WHEN p.answer = 'unanswered' THEN 'answer_missing' ELSE 'answer_differs' END AS kind,
        p.answer || '|' || p.kind || '|' || p.location AS subject, p.sku, p.location, p.supplier, p.erp_document,
        CASE WHEN p.answer = 'more' AND p.brings THEN 'over' WHEN p.brings THEN 'short' ELSE 'neither' END AS side,
        p.units,
        CASE WHEN p.answer = 'more' THEN NULL
            WHEN p.brings THEN p.units * t.underage_cost * t.stock_out_chance
            WHEN s.benefit IS NOT NULL AND s.quantity > 0
                THEN greatest(s.benefit, 0) * least(p.units / s.quantity, 1) END AS money
    FROM placed p
    LEFT JOIN plans.targets t ON t.sku = p.sku AND t.location = p.location
        AND t.business_date = getvariable('business_date')
    LEFT JOIN stated s ON s.action_id = p.action_id
)
SELECT f.kind, f.subject, coalesce(l.region, z.region) AS region, i.department, i.category, l.kind AS channel,
    CASE WHEN count(DISTINCT f.supplier) = 1 THEN min(f.supplier) END AS supplier,
    CASE WHEN count(DISTINCT f.erp_document) = 1 THEN min(f.erp_document) END AS document,
    f.sku, f.location, any_value(f.side) AS side, sum(f.units)::DOUBLE AS units_at_risk,
    round(exact_sum(f.money), 9) AS money_at_risk
FROM found f
JOIN known_products i USING (sku)
LEFT JOIN known_locations l ON l.location = f.location
LEFT JOIN zones z ON z.place = f.location
GROUP BY ALL ORDER BY ALL
