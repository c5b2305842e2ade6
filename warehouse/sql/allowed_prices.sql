-- Prices that each item with a markdown tonight could come down to in its zone, by the ladder, the floors and
-- the least step of policy: all that were weighed.
SELECT o.sku, o.zone, o.new_price AS price, m.floor_price
FROM plans.markdown_options o JOIN plans.markdown_plan m USING (business_date, sku, zone)
WHERE business_date = getvariable('business_date') AND o.option = 'markdown'
ORDER BY o.sku, o.zone, price
