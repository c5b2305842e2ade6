-- Pairs whose newest stock record says less than it seems to: one that is below zero, or an older one
-- that stands because the newer row waits in quarantine. `stocked` has the position.
SELECT sku, location, snapshot_date, recorded AS on_hand, 'below zero: taken as nothing there' AS problem,
    NULL AS file_name, NULL AS "row"
FROM stocked WHERE recorded < 0
UNION ALL
SELECT p.sku, p.location, p.snapshot_date, p.recorded, 'a newer row waits in quarantine: ' || q.message,
    q.file_name, q."row"
FROM known_set_aside q JOIN stocked p
    ON p.sku = trim(q.payload->>'sku') AND p.location = trim(q.payload->>'location')
WHERE q.source = 'stock'
    AND (q.business_date > p.snapshot_date
        -- Of two rows of a key in one file the first stands.
        OR q.business_date = p.snapshot_date AND q.reason <> 'duplicate_key')
ORDER BY ALL
