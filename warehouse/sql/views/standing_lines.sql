-- Lines of batches that the other system has neither rejected nor cancelled in full as they were called back.
SELECT e.* FROM exports.export_lines e
ANTI JOIN (
    SELECT idempotency_key FROM known_acknowledgements WHERE status = 'rejected'
    UNION ALL
    SELECT idempotency_key[len('cancel-') + 1:] FROM known_acknowledgements
    WHERE status = 'accepted' AND starts_with(idempotency_key, 'cancel-')
) fallen USING (idempotency_key)
