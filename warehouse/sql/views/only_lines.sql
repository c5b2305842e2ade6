-- Lines of orders that are the only one of their order for an item and a place.
SELECT po, sku, destination, min(line) AS line FROM known_purchase_orders
GROUP BY po, sku, destination HAVING count(*) = 1
