-- What is on its way to each item-location, and when it is expected: open documents, and own exports
-- that no document shows yet, as far as plans count on them.
SELECT CASE document_kind WHEN 'shipment' THEN 'ship_notice' WHEN 'proposal' THEN 'own_export'
        ELSE document_kind END AS source,
    sku, location, expected_units AS units, due_on
FROM inventory.receipts_ahead
WHERE business_date = getvariable('business_date') AND expected_units > 0
