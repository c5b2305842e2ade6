-- What comes back of the sales of each pair of the skus of `sku_range`, whose ends may be missing:
-- the rates of its item by channel, over the channels in which its location sold from first_day to last_day,
-- or, where it sold nothing, that of its kind.
WITH sold AS (
    SELECT location, channel, sum(sales) AS units FROM inventory.demand_history
    WHERE business_date BETWEEN getvariable('first_day') AND getvariable('last_day') AND sales > 0
    GROUP BY ALL
),
mix AS (
    SELECT location, channel, units / sum(units) OVER (PARTITION BY location) AS share FROM sold
    UNION ALL
    SELECT location, CASE kind WHEN 'ecom' THEN 'ecom' WHEN 'marketplace' THEN 'marketplace' ELSE 'store' END, 1
    FROM known_locations l ANTI JOIN sold s USING (location)
)
SELECT i.sku, i.location, exact_sum(m.share * d.return_rate) / exact_sum(m.share) AS return_rate,
    coalesce(exact_sum(m.share * d.return_rate * d.resalable_share)
        / nullif(exact_sum(m.share * d.return_rate), 0), 1) AS resalable_share
FROM known_item_locations i
JOIN sku_range r ON i.sku >= coalesce(r.first_sku, i.sku) AND i.sku <= coalesce(r.last_sku, i.sku)
JOIN mix m USING (location)
JOIN demand.return_rates d ON d.sku = i.sku AND d.channel = m.channel
    AND d.business_date = getvariable('business_date')
GROUP BY ALL ORDER BY i.sku, i.location
