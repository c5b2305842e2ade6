-- Units sold by item, channel and day from first_day to last_day, of all locations together.
SELECT h.sku, '*' AS location, h.channel, p.category, h.business_date AS date, sum(h.sales)::BIGINT AS units
FROM inventory.demand_history h JOIN known_products p USING (sku)
WHERE h.business_date BETWEEN getvariable('first_day') AND getvariable('last_day') AND h.sales > 0
GROUP BY ALL
