-- Suppliers as the newest plan knew them: how they deliver, what is open, and what is at risk.
SELECT s.supplier, s.name AS supplier_name, s.origin, f.otif, f.fill_rate, c.p_late AS late_chance,
    c.lead_time_p50, c.lead_time_p90, coalesce(r.open_lines, 0) AS open_lines, c.overdue_lines,
    r.margin_at_risk, e.items, e.single_sourced_items, e.margin_exposed
FROM known_suppliers s CROSS JOIN newest_date d
LEFT JOIN supply.supplier_scorecard c ON c.supplier = s.supplier AND c.business_date = d.newest
LEFT JOIN supply.supplier_exposure e ON e.supplier = s.supplier AND e.business_date = d.newest
LEFT JOIN (
    SELECT supplier, max(overall) FILTER (figure = 'otif') AS otif,
        max(overall) FILTER (figure = 'fill_rate') AS fill_rate
    FROM supply.scorecard_figures
    WHERE business_date = (SELECT newest FROM newest_date) GROUP BY supplier
) f ON f.supplier = s.supplier
LEFT JOIN (
    SELECT supplier, count(*) AS open_lines, sum(margin_at_risk_together) AS margin_at_risk
    FROM plans.order_risks WHERE business_date = (SELECT newest FROM newest_date) GROUP BY supplier
) r ON r.supplier = s.supplier
