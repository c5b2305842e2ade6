-- Lines of batches that the other system has neither rejected nor cancelled in full as they were called back.
SELECT e.* FROM exports.export_lines e
ANTI JOIN (
    SELECT idempotency_key FROM known_acknowledgements WHERE status = 'rejected'
    UNION ALL
    SELECT c.cancels FROM exports.cancel_lines c JOIN known_acknowledgements a USING (idempotency_key)
    WHERE a.status = 'accepted' AND c.business_date <= getvariable('business_date')
) fallen USING (idempotency_key)
