-- Pairs whose newest stock record says less than it seems to: one that is below zero, an older one that
-- stands because the newer row waits in quarantine, or one of two of a file that say different things,
-- of which the first stands. `stocked` has the position.
SELECT sku, location, snapshot_date, recorded AS on_hand, 'below zero: taken as nothing there' AS problem,
    NULL AS file_name, NULL AS "row"
FROM stocked WHERE recorded < 0
UNION ALL
SELECT p.sku, p.location, p.snapshot_date, p.recorded,
    CASE WHEN q.reason = 'duplicate_key' AND q.business_date = p.snapshot_date
        THEN 'its file has another record: ' ELSE 'a newer row waits in quarantine: ' END || q.message,
    q.file_name, q."row"
FROM known_set_aside q JOIN stocked p
    ON p.sku = trim(q.payload->>'sku') AND p.location = trim(q.payload->>'location')
WHERE q.source = 'stock'
    AND (q.business_date > p.snapshot_date
        OR q.business_date = p.snapshot_date AND (q.reason <> 'duplicate_key'
            OR TRY_CAST(q.payload->>'on_hand' AS DOUBLE) IS DISTINCT FROM p.recorded))
ORDER BY ALL
