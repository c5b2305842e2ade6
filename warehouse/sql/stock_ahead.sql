-- When chosen item-locations are likelier empty than not, tonight's plan carried out, and by how much they
-- are short until the goods of their next order: what is lost, or at worst waited for.
SELECT sku, location, max(day) AS reach, min(day) FILTER (out_chance >= 0.5) AS empty_on,
    sum(lost) + greatest(-min(closing), 0) AS lacking
FROM plans.projected_stock SEMI JOIN chosen USING (sku, location)
WHERE business_date = getvariable('business_date')
GROUP BY ALL ORDER BY sku, location
