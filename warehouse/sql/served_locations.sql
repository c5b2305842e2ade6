-- Locations whose demand a node serves: itself where it sells, all that it supplies where not.
SELECT l.location AS destination, l.location FROM known_locations l WHERE l.kind <> 'dc'
UNION
SELECT DISTINCT i.supply_location, i.location
FROM known_item_locations i
JOIN known_locations d ON d.location = i.supply_location AND d.kind = 'dc'
JOIN known_locations l ON l.location = i.location AND l.kind <> 'dc'
WHERE i.status = 'active'
ORDER BY ALL
