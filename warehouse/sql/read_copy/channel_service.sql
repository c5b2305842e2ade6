-- Units that customers got of those that they asked for, as the newest plan estimates their demand.
SELECT l.kind AS channel, u.location, l.region, round(sum(u.demand), 6) AS asked,
    sum(u.sales)::DOUBLE AS served, served / nullif(asked, 0) AS served_share
FROM demand.unconstrained u JOIN known_locations l USING (location)
WHERE u.business_date = (SELECT newest FROM newest_date) AND u.demand IS NOT NULL AND u.sales IS NOT NULL
    AND u.date > (SELECT newest FROM newest_date) - 91
GROUP BY ALL
