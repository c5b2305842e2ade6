-- Selling pairs with nothing to sell, by the margin that each day without stock costs.
-- proposed_units has what the proposals of the business date bring.
SELECT x.sku, x.location, x.region, p.category, r.daily AS daily_demand,
    round(r.daily * greatest(v.sale_margin, 0), 2) AS margin_a_day,
    x.in_transit,
    -- What an earlier version of the plan has exported is on its way too, though no document says so.
    (coalesce(a.units, 0) + x.proposed_inbound)::BIGINT AS planned
FROM inventory.position x
JOIN plans.targets t USING (business_date, sku, location)
JOIN (SELECT sku, location, exact_sum(mean) / count(mean) AS daily FROM demand.forecast
      WHERE business_date = getvariable('business_date') GROUP BY ALL) r USING (sku, location)
JOIN known_products p USING (sku)
JOIN plans.sale_values v ON v.sku = x.sku AND v.location = x.location AND v.business_date = x.business_date
LEFT JOIN (SELECT sku, location, sum(inbound) AS units FROM proposed_units GROUP BY ALL) a
    USING (sku, location)
WHERE x.business_date = getvariable('business_date') AND x.available = 0 AND t.order_up_to > 0
    AND NOT t.echelon
ORDER BY margin_a_day DESC, x.sku, x.location
