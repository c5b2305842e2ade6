-- Units that went back to suppliers, with the order line that they are laid to (the one that they name, else
-- the newest of the supplier and the item there of which goods had come) and what is wrong with them.
WITH came AS (
    SELECT o.po, o.line, o.supplier, o.sku, o.destination,
        least(min(r.timestamp)::DATE, any_value(o.delivered_on)) AS first_on,
        coalesce(sum(r.received), 0) + greatest(
            any_value(o.delivered_quantity) - coalesce(sum(r.received + r.rejected), 0), 0) AS units
    FROM known_purchase_orders o LEFT JOIN placed_receipts r ON r.po = o.po AND r.po_line = o.line
    GROUP BY ALL
),
-- Each by keys of its own: one condition for both would hold every return against every line.
paired AS (
    SELECT v.*, c.po AS laid_po, c.line AS laid_line, c.supplier AS laid_supplier, c.sku AS laid_sku,
        c.first_on, c.units AS came_units
    FROM known_supplier_returns v LEFT JOIN came c ON c.po = v.po AND c.line = v.po_line
    WHERE v.po IS NOT NULL
    UNION ALL
    SELECT v.*, c.po, c.line, c.supplier, c.sku, c.first_on, c.units
    FROM known_supplier_returns v LEFT JOIN came c ON c.supplier = v.supplier AND c.sku = v.sku
        AND c.destination = v.location AND c.first_on <= v.returned_on
    WHERE v.po IS NULL
),
laid AS (
    SELECT return_id, line, returned_on, supplier, sku, location, units, reason,
        po IS NOT NULL AS names_order, laid_po, laid_line, laid_supplier, laid_sku, first_on, came_units
    FROM paired
    QUALIFY row_number() OVER (PARTITION BY return_id, line
        ORDER BY first_on DESC NULLS LAST, laid_po, laid_line) = 1
),
judged AS (
    SELECT *, CASE WHEN laid_po IS NULL THEN if(names_order, 'unknown_line', 'no_line')
        WHEN laid_supplier <> supplier OR laid_sku <> sku THEN 'line_of_another'
        WHEN coalesce(first_on > returned_on, true) THEN 'before_receipt' END AS at_once
    FROM laid
),
-- Of earlier ones only those count that had come: one that cannot be takes nothing from the next.
before AS (
    SELECT *, coalesce(list(units) FILTER (at_once IS NULL) OVER (
        PARTITION BY laid_po, laid_line ORDER BY returned_on, return_id, line
        ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), []) AS earlier
    FROM judged
)
SELECT * EXCLUDE (at_once, earlier), coalesce(at_once, CASE WHEN units + list_reduce(
        list_prepend(0::BIGINT, earlier), lambda gone, more: if(gone + more > came_units, gone, gone + more)
    ) > came_units THEN 'beyond_receipt' END) AS fault
FROM before
