-- When locations open and close for good, by what is stated and what sold.
SELECT location, opened_on, closed_on FROM locations_in_force ORDER BY location
