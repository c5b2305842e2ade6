-- What runs short in the newest plan, with names, the margin lost and the cause.
SELECT h.business_date, h.sku, i.item_name, h.department, i.category, h.location, l.location_name,
    h.region, h.state, h.available, h.daily_demand, h.days_until_out, h.short_until, h.lost_units,
    h.lost_margin, h.currency, h.answer, h.planned_units, h.coming_units, h.receipt_on,
    h.supply_location, h.empty_on, h.goods_on, h.goods_units, h.goods_share, h.gap_lost_margin,
    h.reason AS cause, h.why, h.change
FROM reporting.shortages h
LEFT JOIN analysis.items i USING (sku)
LEFT JOIN analysis.places l USING (location)
WHERE h.business_date = (SELECT newest FROM newest_date)
