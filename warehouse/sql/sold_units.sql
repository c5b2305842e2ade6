-- Units sold of the chosen items by day, gross of returns.
SELECT h.sku, h.location, h.channel, p.category, h.business_date AS date, h.sales AS units
FROM inventory.demand_history h
SEMI JOIN chosen USING (sku)
JOIN known_products p USING (sku)
WHERE h.business_date BETWEEN getvariable('first_day') AND getvariable('last_day') AND h.sales > 0
