-- Replenished selling pairs of items that name another to stand in for their history.
SELECT l.region, i.sku, i.location, p.like_sku, p.launch_date
FROM known_item_locations i JOIN known_products p USING (sku) JOIN known_locations l USING (location)
WHERE i.status = 'active' AND l.kind <> 'dc' AND p.like_sku IS NOT NULL
    AND p.launch_date <= getvariable('business_date') + 28
ORDER BY i.sku, i.location
