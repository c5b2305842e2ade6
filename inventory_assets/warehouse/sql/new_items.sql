-- Replenished selling pairs of items on sale or soon to be, and the item named to stand in for them.
SELECT l.region, i.sku, i.location, p.like_sku, p.launch_date
FROM known_item_locations i JOIN known_products p USING (sku) JOIN known_locations l USING (location)
WHERE i.status = 'active' AND l.kind <> 'dc'
    AND p.launch_date <= getvariable('business_date') + 28
    AND coalesce(p.exit_date, DATE '9999-12-31') >= getvariable('business_date')
ORDER BY i.sku, i.location
