-- Every replenished pair, the node that feeds it, and its item's main supplier.
SELECT i.sku, i.location, i.supply_location, p.supplier
FROM known_item_locations i JOIN known_products p USING (sku)
WHERE i.status = 'active' ORDER BY i.sku, i.location
