-- Items of the assortment with the supplier that each is bought from, who else could deliver it, and
-- how long it lasts against how long another delivery takes. `terms` has terms that are in force.
WITH expected AS (
    SELECT f.sku, exact_sum(f.mean) / count(DISTINCT f.date) AS daily_demand,
        -- A sale that loses money is no loss when it fails; of one without a price nobody knows.
        exact_sum(CASE WHEN v.sale_margin IS NOT NULL THEN f.mean * greatest(v.sale_margin, 0) END)
            / count(DISTINCT f.date) AS daily_margin
    FROM demand.forecast f LEFT JOIN plans.sale_values v ON v.sku = f.sku AND v.location = f.location
        AND v.business_date = f.business_date
    WHERE f.business_date = getvariable('business_date') GROUP BY f.sku
),
there AS (
    SELECT sku, sum(greatest(on_hand - reserved - damaged, 0))::BIGINT AS units
    FROM inventory.position
    WHERE business_date = getvariable('business_date') AND on_hand IS NOT NULL GROUP BY sku
),
-- What has left its sender comes even where a supplier stops; orders that have not will not.
shipped AS (
    SELECT r.sku, sum(r.expected_units)::BIGINT AS units
    FROM inventory.receipts_ahead r LEFT JOIN known_purchase_orders o
        ON r.document_kind = 'purchase_order' AND o.po = r.document AND o.line = r.line
    WHERE r.business_date = getvariable('business_date')
        AND (r.document_kind IN ('shipment', 'transfer') OR o.status = 'shipped')
    GROUP BY r.sku
),
bought AS (
    SELECT sku, min(supplier) AS supplier, max(lead_time_mean) AS days FROM supply.lead_times
    WHERE business_date = getvariable('business_date') AND supplier IS NOT NULL GROUP BY sku
),
item AS (
    SELECT p.sku, p.category, p.unit_cost, coalesce(b.supplier, p.supplier) AS supplier, b.days
    FROM products_in_force p LEFT JOIN bought b USING (sku)
    WHERE coalesce(p.exit_date, DATE '9999-12-31') > getvariable('business_date')
        AND p.sku IN (SELECT sku FROM known_item_locations WHERE status = 'active')
),
offered AS (
    SELECT t.sku, t.supplier, coalesce(
        CASE WHEN c.order_lines > 0 THEN c.lead_time_mean END, t.contract_lead_time_days) AS days
    FROM terms t LEFT JOIN supply.supplier_scorecard c ON c.supplier = t.supplier
        AND c.business_date = getvariable('business_date')
),
known AS (
    SELECT i.*, count(o.supplier) AS valid_suppliers,
        arg_min(o.supplier, (o.days, o.supplier)) FILTER (o.supplier <> i.supplier) AS next_supplier,
        min(o.days) FILTER (o.supplier <> i.supplier) AS next_days,
        min(o.days) FILTER (o.supplier = i.supplier) AS agreed_days
    FROM item i LEFT JOIN offered o USING (sku) GROUP BY ALL
)
SELECT k.sku, k.category, k.supplier, k.valid_suppliers, k.next_supplier,
    e.daily_demand, e.daily_demand * k.unit_cost AS daily_cost, e.daily_margin,
    t.units AS units_there, coalesce(s.units, 0) AS units_shipped,
    (t.units + coalesce(s.units, 0)) / nullif(e.daily_demand, 0) AS survive_days,
    coalesce(k.next_days, k.days, k.agreed_days)::DOUBLE AS recover_days,
    CASE WHEN e.daily_demand = 0 THEN 0
        WHEN recover_days > survive_days THEN (recover_days - survive_days) * e.daily_margin
        WHEN recover_days <= survive_days THEN 0
        END AS exposed_margin
FROM known k LEFT JOIN expected e USING (sku) LEFT JOIN there t USING (sku)
LEFT JOIN shipped s USING (sku)
ORDER BY k.sku
