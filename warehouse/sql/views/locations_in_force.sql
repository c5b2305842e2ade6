-- Locations with the days from and until which they are open by what is stated and what sold.
SELECT l.* REPLACE (
    CASE WHEN f.code IS NULL THEN l.opened_on ELSE f.starts_on END AS opened_on,
    CASE WHEN f.code IS NULL THEN l.closed_on ELSE f.ends_on END AS closed_on)
FROM known_locations l LEFT JOIN inventory.dates_in_force f
    ON f.kind = 'location' AND f.code = l.location AND f.business_date = getvariable('business_date')
