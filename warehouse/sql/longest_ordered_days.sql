-- The longest protection interval of a node that a supplier still owes goods, in days; 1 without any.
SELECT coalesce(max(t.protection_days), 1.0) AS longest_days
FROM inventory.receipts_ahead r
JOIN plans.targets t USING (business_date, sku, location)
WHERE r.business_date = getvariable('business_date')
    AND r.document_kind IN ('purchase_order', 'shipment') AND r.supplier IS NOT NULL
    AND t.echelon AND t.inventory_position IS NOT NULL
