-- Item-locations that their DC sends nothing tonight although they are short, with names.
SELECT u.sku, i.item_name, i.category, u.location, l.location_name, l.region, u.reason, u."limit",
    u.next_worth
FROM plans.unserved u
LEFT JOIN analysis.items i USING (sku)
LEFT JOIN analysis.places l USING (location)
WHERE u.business_date = (SELECT newest FROM newest_date)
