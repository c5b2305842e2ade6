-- Price breaks that hold on the day after the business date, in the currency of the item, each with
-- what fewer units cost: the terms' price, or that of a break before it. Only falling prices are used.
WITH valid AS (
    SELECT b.sku, b.supplier, b.from_quantity, b.unit_price,
        least(s.unit_price, min(b.unit_price) OVER (
            PARTITION BY b.sku, b.supplier ORDER BY b.from_quantity
            ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING
        )) AS price_of_fewer
    FROM known_price_breaks b
    JOIN known_item_suppliers s ON s.sku = b.sku AND s.supplier = b.supplier
        AND s.currency = b.currency
    JOIN known_products p ON p.sku = b.sku AND p.currency = b.currency
    WHERE b.valid_from <= getvariable('business_date') + 1
        AND coalesce(b.valid_to, DATE '9999-12-31') > getvariable('business_date')
)
SELECT sku, supplier, from_quantity, unit_price, price_of_fewer,
    unit_price < price_of_fewer AS falls
FROM valid
ORDER BY sku, supplier, from_quantity
