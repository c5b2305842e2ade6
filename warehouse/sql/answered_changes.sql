-- What suppliers answered first to each change or expedite that was asked of an order line, whether
-- that refuses it; missing where nothing was said of it. To a line that was asked to be split an answer
-- about the rest of it is none. asked has what was asked, and when.
WITH answers AS (
    SELECT a.*, k.answer, k.promised_on, k.quantity AS said, k.acknowledged_on, k.business_date,
        k.acknowledgement
    FROM asked a JOIN known_order_acknowledgements k ON k.po = a.po AND k.po_line = a.po_line
        AND k.supplier = a.supplier AND k.acknowledged_on > a.asked_on
    LEFT JOIN split_answers s ON s.po = a.po AND s.po_line = a.po_line AND s.asked_on = a.asked_on
        AND s.acknowledgement = k.acknowledgement AND a.form = 'split'
    WHERE s.part IS DISTINCT FROM 'rest'
)
SELECT a.supplier,
    CASE
        WHEN k.answer IS NULL THEN NULL
        -- Of a line that never comes nothing is left to cut, and nothing to speed up.
        WHEN k.answer = 'refused' THEN a.form NOT IN ('cut', 'cancel')
        WHEN a.form IN ('cut', 'cancel') THEN coalesce(k.said > o.ordered_quantity - a.quantity, FALSE)
        WHEN k.promised_on IS NULL THEN CASE WHEN k.answer = 'accepted' THEN FALSE END
        WHEN a.form = 'push_out' OR a.due_on > a.rest_on THEN k.promised_on < a.due_on
        ELSE k.promised_on > a.due_on
    END AS refused
FROM asked a
JOIN known_purchase_orders o ON o.po = a.po AND o.line = a.po_line AND o.supplier = a.supplier
LEFT JOIN answers k ON k.po = a.po AND k.po_line = a.po_line
    AND k.supplier = a.supplier AND k.asked_on = a.asked_on AND k.form = a.form
WHERE a.asked_on > getvariable('business_date') - getvariable('window_days')::INT
QUALIFY row_number() OVER (PARTITION BY a.po, a.po_line, a.asked_on, a.form
    ORDER BY k.acknowledged_on, k.business_date, k.acknowledgement) = 1
ORDER BY a.supplier, a.po, a.po_line, a.asked_on, a.form
