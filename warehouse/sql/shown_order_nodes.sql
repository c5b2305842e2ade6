-- Every node that was considered for a chosen line of a customer's order, with each cost term.
SELECT o.location, concat_ws(' ', l.city, l.kind) AS location_name, o.ship_on, o.arrives_on, o.carrier,
    o.shipping_cost, o.parcel_cost, o.split_penalty, o.handling_cost, o.refusal_cost, o.late_cost,
    o.unit_value, o.markdown_avoided, o.cost, o.verdict
FROM plans.sourcing_options o SEMI JOIN chosen c ON c.order_id = o.order_id AND c.line = o.line
LEFT JOIN known_locations l ON l.location = o.location
WHERE o.business_date = getvariable('business_date')
ORDER BY o.verdict <> 'chosen', o.cost NULLS LAST, o.location, o.ship_on
