-- Order lines as they were when they were placed: by the first word on each, with the size of their
-- order, which is that of the lines that were there on its first day.
WITH first_words AS (
    SELECT po, line, min(business_date) AS seen_on, min_by(ordered_quantity, recency) AS units,
        min_by(ordered_quantity * unit_price, recency) AS worth
    FROM known_order_history GROUP BY ALL
),
orders AS (SELECT *, seen_on = min(seen_on) OVER (PARTITION BY po) AS at_once FROM first_words)
SELECT po, line, units, worth,
    count(*) FILTER (at_once) OVER (PARTITION BY po) AS order_lines,
    sum(worth::DECIMAL(38, 6)) FILTER (at_once) OVER (PARTITION BY po)::DOUBLE AS order_worth
FROM orders
