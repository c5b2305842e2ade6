-- Masters that contradict each other, dates apart: items that share a barcode, so that what the till counts for one
-- may be sales of the other; keys that look alike, so that what is sent of one may be meant for the other; items
-- whose supplier has no terms for them, as after it was given another key.
WITH keys AS (
    SELECT 'location' AS kind, location AS code FROM known_locations
    UNION ALL SELECT 'item', sku FROM known_products
    UNION ALL SELECT 'supplier', supplier FROM known_suppliers
),
plain AS (SELECT *, ltrim(upper(replace(code, ' ', '')), '0') AS word FROM keys),
terms AS (SELECT sku, list(supplier ORDER BY supplier) AS suppliers FROM known_item_suppliers GROUP BY sku),
found AS (
    SELECT 'item' AS kind, sku AS code, format('shares its barcode {} with another item', barcode) AS problem
    FROM known_products WHERE barcode IS NOT NULL
    QUALIFY count(*) OVER (PARTITION BY barcode) > 1
    UNION ALL
    SELECT kind, code, format('differs from {} in case, blanks or leading zeros only',
        list_filter(list(code) OVER same, lambda other: other <> code)[1])
    FROM plain
    WINDOW same AS (PARTITION BY kind, word ORDER BY code ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING)
    QUALIFY count(*) OVER same > 1
    UNION ALL
    SELECT 'item', sku, format('its supplier {} has no terms for it: it is bought on those of {}', p.supplier, t.suppliers[1])
    FROM known_products p JOIN terms t USING (sku)
    WHERE NOT list_contains(t.suppliers, p.supplier)
)
SELECT * FROM found ORDER BY kind, code, problem
