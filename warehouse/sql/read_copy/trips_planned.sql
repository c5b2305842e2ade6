-- Trips of the newest plan with names, and with where both ends lie.
SELECT t.origin, o.location_name AS origin_name, o.latitude AS origin_latitude,
    o.longitude AS origin_longitude, t.destination, d.location_name AS destination_name,
    d.latitude AS destination_latitude, d.longitude AS destination_longitude, t.region, t.lines,
    t.quantity, t.value_gained, t.value_lost, t.moving_cost, t.benefit
FROM plans.transfer_trips t
LEFT JOIN analysis.places o ON o.location = t.origin
LEFT JOIN analysis.places d ON d.location = t.destination
WHERE t.business_date = (SELECT newest FROM newest_date)
