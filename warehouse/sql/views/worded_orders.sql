-- Order lines by the newest word on each: the supplier's from the day of its acknowledgement, the
-- order's own from the day on which it first said what it says now; of one day the supplier's. What
-- an acknowledgement leaves missing stands, and so does the order's day where the promised one lies
-- before the order. What is refused never comes. acknowledgement is the one whose word it is.
WITH told AS (
    SELECT h.po, h.line, h.business_date,
        coalesce(h.confirmed_on, h.estimated_on) IS NOT NULL OR h.confirmed_quantity IS NOT NULL
            AS says_something,
        row(h.confirmed_on, h.estimated_on, h.confirmed_quantity)
        IS DISTINCT FROM lag(row(h.confirmed_on, h.estimated_on, h.confirmed_quantity)) OVER (
            PARTITION BY h.po, h.line ORDER BY h.recency) AS is_new
    FROM known_order_history h JOIN answers_in_force a ON a.po = h.po AND a.po_line = h.line
),
own_word AS (
    SELECT po, line, max(business_date) AS said_on FROM told WHERE is_new AND says_something GROUP BY ALL
),
answered AS (
    SELECT a.po, a.po_line AS line, a.acknowledgement, a.promised_on,
        CASE WHEN a.answer = 'refused' THEN 0 ELSE a.quantity END AS quantity
    FROM answers_in_force a LEFT JOIN own_word w ON w.po = a.po AND w.line = a.po_line
    WHERE w.said_on IS NULL OR a.acknowledged_on >= w.said_on
)
SELECT o.* REPLACE (
    CASE WHEN a.promised_on >= o.ordered_on THEN a.promised_on ELSE o.estimated_on END AS estimated_on,
    coalesce(a.quantity, o.confirmed_quantity) AS confirmed_quantity),
    a.acknowledgement
FROM known_purchase_orders o LEFT JOIN answered a USING (po, line)
