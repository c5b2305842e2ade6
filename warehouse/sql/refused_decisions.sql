-- Landed decisions that cannot count (`refused`), each with the file and row that it came in. Of one
-- on an action that another version of the plan proposed, whether its item is set aside since.
WITH dropped AS (
    SELECT p.action_id, any_value(p.sku) AS sku, min(a.since) AS since,
        string_agg(DISTINCT a.asset, ', ' ORDER BY a.asset) AS assets
    FROM reporting.plan_lines p JOIN reporting.items_set_aside a USING (business_date, sku)
    WHERE business_date = getvariable('business_date') GROUP BY p.action_id
)
SELECT f.file_name, d."row", r.decision_id, r.action_id, d.author, d.role,
    r.problem || coalesce(' ' || g.sku || ' is set aside since ' || g.since || ': ' || g.assets
        || ' could not be calculated of it.', '') AS problem
FROM refused r JOIN known_decision_files d USING (decision_id) JOIN intake.files f USING (file_id)
LEFT JOIN dropped g ON g.action_id = r.action_id
ORDER BY ALL
