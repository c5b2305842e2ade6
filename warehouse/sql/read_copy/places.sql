-- Locations as the newest plan knew them, with a name.
SELECT location, concat_ws(' ', city, kind) AS location_name, kind, region, city, latitude,
    longitude, opened_on, closed_on
FROM known_locations
