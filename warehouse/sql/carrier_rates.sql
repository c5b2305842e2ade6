-- What carriers ask in the currency of most items: there are no exchange rates.
SELECT r.carrier, r.origin_region, r.region, r.parcel_cost, r.kg_cost, r.transit_days, r.currency
FROM known_shipping_rates r, (SELECT mode(currency ORDER BY currency) AS most FROM known_products) p
WHERE coalesce(r.currency, p.most) = p.most
ORDER BY r.carrier, r.origin_region, r.region
