-- Order lines that were asked to come on another day, whole or in part, while neither the order nor the
-- supplier says another day than before: the units that are asked for on the new day. A part that the
-- supplier agrees to comes on the day that he says, until the order itself has two lines. asked has what
-- was asked and when, pending the lines of which a change has left and is not settled.
WITH newest AS (
    SELECT a.* FROM asked a JOIN pending USING (po, po_line)
    QUALIFY row_number() OVER (PARTITION BY a.po, a.po_line
        ORDER BY a.asked_on DESC, a.form, a.due_on, a.quantity) = 1
),
said AS (
    SELECT n.po, n.po_line, n.form, h.recency, h.business_date > n.asked_on AS since,
        coalesce(h.estimated_on, h.confirmed_on, h.requested_on) AS due_on,
        coalesce(h.confirmed_quantity, h.ordered_quantity) AS units
    FROM newest n JOIN known_order_history h ON h.po = n.po AND h.line = n.po_line
),
shown AS (
    SELECT po, po_line FROM said GROUP BY po, po_line, form
    HAVING bool_or(since) AND (
        max_by(due_on, recency) IS DISTINCT FROM max_by(due_on, recency) FILTER (NOT since)
        OR form = 'split'
            AND max_by(units, recency) IS DISTINCT FROM max_by(units, recency) FILTER (NOT since))
),
answered AS (
    SELECT n.po, n.po_line, k.promised_on, s.short,
        CASE WHEN k.answer = 'refused' THEN 'line'
            WHEN k.promised_on IS NOT NULL THEN coalesce(s.part, 'line') END AS part,
        row(k.acknowledged_on, k.business_date, k.acknowledgement) AS recency
    FROM newest n JOIN known_order_acknowledgements k ON k.po = n.po AND k.po_line = n.po_line
        AND k.supplier = n.supplier AND k.acknowledged_on > n.asked_on
    LEFT JOIN split_answers s ON s.po = n.po AND s.po_line = n.po_line AND s.asked_on = n.asked_on
        AND s.acknowledgement = k.acknowledgement AND n.form = 'split'
),
agreed AS (
    SELECT po, po_line, max_by(promised_on, recency) AS due_on, max_by(short, recency) AS short
    FROM answered WHERE part = 'moved' GROUP BY ALL
)
SELECT n.po, n.po_line, coalesce(g.due_on, n.due_on) AS due_on,
    (n.quantity - coalesce(g.short, 0))::BIGINT AS quantity
FROM newest n LEFT JOIN agreed g USING (po, po_line)
WHERE n.form NOT IN ('cut', 'cancel') AND n.quantity > coalesce(g.short, 0)
    AND NOT EXISTS (FROM shown s WHERE s.po = n.po AND s.po_line = n.po_line)
    AND NOT EXISTS (FROM answered a WHERE a.po = n.po AND a.po_line = n.po_line AND a.part = 'line')
ORDER BY n.po, n.po_line
