-- Lines of the ERP's documents that may show `lines` of ours: they refer to one, or an answer names
-- the document. Of a transfer `po` is missing, of an order `transfer_id`.
WITH answered AS (SELECT DISTINCT erp_document FROM known_acknowledgements WHERE erp_document IS NOT NULL),
documents AS (
    SELECT proposal_ref, po, NULL::VARCHAR AS transfer_id, sku FROM known_purchase_orders
    UNION ALL SELECT proposal_ref, NULL, transfer_id, sku FROM known_transfers
)
SELECT DISTINCT * FROM documents
WHERE proposal_ref IN (SELECT action_id FROM lines)
    OR coalesce(po, transfer_id) IN (SELECT erp_document FROM answered)
ORDER BY ALL
