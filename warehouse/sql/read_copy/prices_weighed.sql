-- What was weighed for prices in the newest plan, with names, and how far it is from the best.
SELECT o.sku, i.item_name, o.zone, o.department, o.family, i.list_price, o.option, o.new_price,
    o.starts_on, o.worth, max(o.worth) OVER (PARTITION BY o.sku, o.zone) - o.worth AS below_best,
    o.sold, o.left, o.moved, o.moved_to, o.markdown_money, o.verdict
FROM plans.markdown_options o
LEFT JOIN analysis.items i ON i.sku = o.sku
WHERE o.business_date = (SELECT newest FROM newest_date)
