-- What was answered with a day to order lines that were asked to be split: the part that each answer
-- speaks of, by the nearer of the two days, and the units that it leaves short of it (missing where it
-- counts the whole line). An answer has the last day of any of its units: more of them than the sooner
-- part has, on the sooner day, are the whole line. asked has what was asked, and when; what was asked
-- later of the line stands in the place of the split.
WITH named AS (
    SELECT a.*, k.acknowledgement, k.promised_on, k.quantity AS said,
        abs(k.promised_on - a.due_on) < abs(k.promised_on - a.rest_on) AS is_moved
    FROM asked a JOIN known_order_acknowledgements k ON k.po = a.po AND k.po_line = a.po_line
        AND k.supplier = a.supplier AND k.acknowledged_on > a.asked_on
    WHERE a.form = 'split' AND k.answer <> 'refused' AND k.promised_on IS NOT NULL
        AND NOT EXISTS (
            FROM asked l WHERE l.po = a.po AND l.po_line = a.po_line
                AND l.asked_on > a.asked_on AND l.asked_on < k.acknowledged_on
        )
),
sized AS (
    SELECT *, CASE WHEN is_moved THEN quantity ELSE rest_units END AS part_units FROM named
)
SELECT po, po_line, asked_on, acknowledgement, rest_on,
    CASE WHEN said > part_units AND is_moved = (due_on < rest_on) THEN 'line'
        WHEN is_moved THEN 'moved' ELSE 'rest' END AS part,
    CASE WHEN said > part_units THEN NULL ELSE part_units - coalesce(said, part_units) END AS short
FROM sized
