-- What changed the stock record in the last four weeks, and when; of transfers the day is known.
SELECT sku, fulfilment_location AS location, timestamp AS moved_at, 'sales' AS kind,
    -quantity AS units, 0 AS damaged
FROM known_pos_sales WHERE timestamp::DATE BETWEEN getvariable('business_date') - 27 AND getvariable('business_date')
UNION ALL
SELECT sku, location, timestamp, 'returns', quantity,
    CASE WHEN disposition = 'damaged' THEN quantity ELSE 0 END
FROM known_returns WHERE timestamp::DATE BETWEEN getvariable('business_date') - 27 AND getvariable('business_date')
UNION ALL
SELECT sku, location, timestamp, 'receipts', received, 0
FROM known_receipts WHERE timestamp::DATE BETWEEN getvariable('business_date') - 27 AND getvariable('business_date')
UNION ALL
SELECT sku, destination, received_on::TIMESTAMP, 'transfers_in', received_quantity, 0
FROM known_transfers WHERE received_on BETWEEN getvariable('business_date') - 27 AND getvariable('business_date')
UNION ALL
SELECT sku, origin, shipped_on::TIMESTAMP, 'transfers_out', -shipped_quantity, 0
FROM known_transfers WHERE shipped_on BETWEEN getvariable('business_date') - 27 AND getvariable('business_date')
UNION ALL
SELECT sku, location, timestamp, 'adjustments', quantity, 0
FROM known_adjustments WHERE timestamp::DATE BETWEEN getvariable('business_date') - 27 AND getvariable('business_date')
