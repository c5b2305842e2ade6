-- What changes of prices that left have brought, against list prices and what was promised.
WITH judged AS (
    SELECT * FROM reporting.price_outcomes
    QUALIFY row_number() OVER (PARTITION BY action_id ORDER BY business_date DESC) = 1
),
told AS (
    SELECT j.kind, i.category, j.sold, j.gain, p.benefit,
        CASE WHEN i.list_price > 0 THEN j.sold * j.paid_price END AS paid,
        CASE WHEN j.paid_price IS NOT NULL THEN j.sold * nullif(i.list_price, 0) END AS listed
    FROM judged j
    JOIN known_products i USING (sku)
    JOIN (
        SELECT action_id, arg_max(benefit, business_date) AS benefit FROM actions.proposals GROUP BY ALL
    ) p USING (action_id)
)
SELECT kind, category, count(*) AS actions, round(sum(sold), 6) AS sold,
    round(coalesce(sum(paid::DECIMAL(18, 4)), 0), 2)::DOUBLE AS revenue,
    round(coalesce(sum(listed::DECIMAL(18, 4)), 0), 2)::DOUBLE AS list_value,
    revenue / nullif(list_value, 0) AS price_share,
    round(sum(benefit::DECIMAL(18, 4)), 2)::DOUBLE AS promised,
    round(sum(gain::DECIMAL(18, 4)), 2)::DOUBLE AS gained
FROM told GROUP BY ALL
