-- Items with what tells how alike they are, what they weigh and earn, and what customers pay for them: the
-- least expected price of the nodes that ship to them, else the list price.
WITH asked AS (
    SELECT v.sku, min(v.selling_price) AS price FROM plans.sale_values v
    JOIN known_locations l ON l.location = v.location AND l.ships_online
    WHERE v.business_date = getvariable('business_date') GROUP BY ALL
)
SELECT p.sku, p.style, p.colour, p.size, p.category,
    p.launch_date <= getvariable('business_date') + 1
        AND coalesce(p.exit_date, DATE '9999-12-31') > getvariable('business_date') AS on_sale,
    coalesce(a.price, nullif(p.list_price, 0)) AS unit_price, p.unit_cost, p.volume, p.weight
FROM products_in_force p LEFT JOIN asked a ON a.sku = p.sku
ORDER BY p.sku
