-- Replenished selling pairs of items that are on sale or announced, and the item named to stand in
-- for them; a location that opens after an item's launch begins with it then.
SELECT l.region, i.sku, i.location, p.like_sku,
    greatest(p.launch_date, l.opened_on) AS launch_date
FROM known_item_locations i JOIN products_in_force p USING (sku) JOIN locations_in_force l USING (location)
WHERE i.status = 'active' AND l.kind <> 'dc'
    AND coalesce(p.exit_date, DATE '9999-12-31') >= getvariable('business_date')
ORDER BY i.sku, i.location
