-- Terms of suppliers that hold on the day after the business date, when orders are placed.
SELECT * EXCLUDE (business_date) FROM known_item_suppliers
WHERE valid_from <= getvariable('business_date') + 1
    AND coalesce(valid_to, DATE '9999-12-31') > getvariable('business_date')
ORDER BY sku, supplier
