-- What was ordered from suppliers and stands, with the day of the order and its worth.
SELECT sku, ordered_on, ordered_quantity * unit_price AS value FROM known_purchase_orders
WHERE status <> 'cancelled' AND ordered_on <= getvariable('business_date')
