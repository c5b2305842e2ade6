-- Document lines that contradict other documents, or whose dates contradict each other, with what is
-- wrong: of open lines, and of closed ones that would teach how suppliers deliver.
WITH booked AS (
    SELECT po, po_line AS line, sum(received + rejected) AS units,
        min(timestamp)::DATE AS first_on, max(timestamp)::DATE AS last_on
    FROM placed_receipts GROUP BY ALL
),
ordered AS (
    SELECT o.*, coalesce(o.confirmed_quantity, o.ordered_quantity) AS wanted,
        coalesce(b.units, 0) AS booked, b.first_on,
        coalesce(o.estimated_on, o.confirmed_on, o.requested_on) AS stated_on,
        o.status IN ('open', 'confirmed', 'shipped') AS open
    FROM worded_orders o LEFT JOIN booked b USING (po, line)
    WHERE o.status <> 'cancelled' AND (o.status <> 'received'
        OR o.requested_on > getvariable('business_date') - getvariable('window_days')::INT)
),
-- Days that a supplier is asked to deliver within, of eight lines at least: goods due long after that
-- are for another season, or of another year by a slip of the pen; they cover no need of today.
usual AS (
    SELECT supplier, median(requested_on - ordered_on) AS days FROM known_purchase_orders
    WHERE requested_on >= ordered_on GROUP BY supplier HAVING count(*) >= 8
),
noticed AS (SELECT * FROM placed_notices WHERE status = 'shipped'),
moved AS (SELECT * FROM known_transfers WHERE received_on IS NULL),
found AS (
    SELECT 'purchase_order' AS document_kind, po AS document, line, sku, destination AS location,
        format('open by its own figure, {} of {} units; receipts book {}', delivered_quantity, wanted,
            booked) AS problem
    FROM ordered WHERE open AND delivered_quantity < wanted AND booked >= wanted
    UNION ALL
    SELECT 'purchase_order', max(po), arg_max(line, po), sku, destination,
        format('asks {} for the same {} units on the same days as {}', supplier, ordered_quantity, min(po))
    FROM ordered WHERE open
    GROUP BY supplier, sku, destination, ordered_on, requested_on, ordered_quantity, unit_price
    HAVING count(DISTINCT po) > 1
    UNION ALL
    SELECT 'purchase_order', po, line, sku, destination,
        format('receipts book {} units of a line of {}', booked, wanted)
    FROM ordered WHERE wanted > 0 AND booked >= 2 * wanted
    UNION ALL
    SELECT 'purchase_order', o.po, o.line, o.sku, o.destination,
        format('cancelled with {} units delivered; receipts book {}', o.delivered_quantity, b.units)
    FROM known_purchase_orders o JOIN booked b USING (po, line)
    WHERE o.status = 'cancelled' AND b.units > o.delivered_quantity
        AND b.last_on > getvariable('business_date') - getvariable('window_days')::INT
    UNION ALL
    SELECT 'receipt', max(r.receipt_id), arg_max(r.line, r.receipt_id), r.sku, r.location,
        format('books {} units of line {} of order {} as {} does at the same time', r.received, o.line, o.po,
            min(r.receipt_id))
    FROM placed_receipts r JOIN ordered o ON o.po = r.po AND o.line = r.po_line
    WHERE o.booked > o.wanted
    GROUP BY o.po, o.line, r.sku, r.location, r.timestamp, r.received HAVING count(DISTINCT r.receipt_id) > 1
    UNION ALL
    -- What suppliers answer themselves is looked at by refused_lines.
    SELECT 'purchase_order', po, line, sku, destination,
        format('confirmed for {} of {} units: few of them, or packs', confirmed_quantity, ordered_quantity)
    FROM ordered o ANTI JOIN answers_in_force a ON a.po = o.po AND a.po_line = o.line
    WHERE open AND confirmed_quantity > 0 AND ordered_quantity >= 4 * confirmed_quantity
    UNION ALL
    SELECT 'receipt', r.receipt_id, r.line, r.sku, r.location,
        format('books line {} of order {}, which is of {} for {}', o.line, o.po, o.sku, o.destination)
    FROM placed_receipts r JOIN known_purchase_orders o ON o.po = r.po AND o.line = r.po_line
    WHERE (r.location <> o.destination OR r.sku <> o.sku)
        AND r.timestamp > getvariable('business_date') - 28
    UNION ALL
    SELECT 'purchase_order', po, line, sku, destination,
        format('received on {}, before it was ordered on {}', least(first_on, delivered_on), ordered_on)
    FROM ordered WHERE least(first_on, delivered_on) < ordered_on
    UNION ALL
    SELECT 'purchase_order', po, line, sku, destination,
        format('due on {}, before it was ordered on {}', stated_on, ordered_on)
    FROM ordered WHERE open AND stated_on < ordered_on
    UNION ALL
    SELECT 'purchase_order', o.po, o.line, o.sku, o.destination,
        format('due on {}, {} days after it was ordered', o.stated_on, o.stated_on - o.ordered_on)
            || coalesce(format('; {} is usually asked to come in {} days', o.supplier, round(u.days)::BIGINT), '')
    FROM ordered o LEFT JOIN usual u ON u.supplier = o.supplier
    WHERE o.open AND o.stated_on - o.ordered_on
        > least(getvariable('window_days')::INT, coalesce(3 * u.days + 28, 1e9))
    UNION ALL
    SELECT 'acknowledgement', a.acknowledgement, a.po_line, o.sku, o.destination,
        CASE WHEN o.po IS NULL THEN format('answers line {} of order {}, which has no such line', a.po_line, a.po)
            WHEN o.supplier <> a.supplier
            THEN format('answers line {} of order {} as {}; it was ordered from {}', a.po_line, a.po,
                a.supplier, o.supplier)
            ELSE format('{} line {} of order {} {}, before it was ordered on {}',
                CASE WHEN a.promised_on < o.ordered_on THEN 'promises' ELSE 'answers' END, a.po_line, a.po,
                CASE WHEN a.promised_on < o.ordered_on THEN format('for {}', a.promised_on)
                    ELSE format('on {}', a.acknowledged_on) END, o.ordered_on) END
    FROM known_order_acknowledgements a LEFT JOIN known_purchase_orders o ON o.po = a.po AND o.line = a.po_line
    WHERE a.acknowledged_on > getvariable('business_date') - getvariable('window_days')::INT
        AND (o.po IS NULL OR o.supplier <> a.supplier OR least(a.promised_on, a.acknowledged_on) < o.ordered_on)
    UNION ALL
    SELECT 'receipt', r.receipt_id, r.line, r.sku, r.location,
        format('books line {} of order {}, which has no such line', k.po_line, r.po)
            || CASE WHEN o.po IS NULL THEN '; no line of it is closed'
                ELSE format('; taken for its line {}, the only one of the item', o.line) END
    FROM placed_receipts r JOIN known_receipts k USING (receipt_id, line)
    LEFT JOIN known_purchase_orders o ON o.po = r.po AND o.line = r.po_line
    WHERE (o.po IS NULL OR r.po_line <> k.po_line) AND r.po IN (SELECT po FROM known_purchase_orders)
        AND r.timestamp > getvariable('business_date') - 28
    UNION ALL
    SELECT 'shipment', n.shipment_id, n.line, n.sku, n.destination,
        format('on its way, while line {} of order {} was received in full', o.line, o.po)
    FROM noticed n JOIN ordered o ON o.po = n.po AND o.line = n.po_line
    WHERE o.status = 'received' OR greatest(o.booked, o.delivered_quantity) >= o.wanted
    UNION ALL
    SELECT 'shipment', n.shipment_id, n.line, n.sku, n.destination,
        format('of line {} of order {}, which has no such line', k.po_line, n.po)
            || CASE WHEN o.po IS NULL THEN '; counted besides the order'
                ELSE format('; taken for its line {}, the only one of the item', o.line) END
    FROM noticed n JOIN known_in_transit k USING (shipment_id, line)
    LEFT JOIN known_purchase_orders o ON o.po = n.po AND o.line = n.po_line
    WHERE (o.po IS NULL OR n.po_line <> k.po_line) AND n.po IN (SELECT po FROM known_purchase_orders)
    UNION ALL
    SELECT 'shipment', n.shipment_id, n.line, n.sku, n.destination,
        format('of line {} of order {}, which is of {} for {}', o.line, o.po, o.sku, o.destination)
    FROM noticed n JOIN known_purchase_orders o ON o.po = n.po AND o.line = n.po_line
    WHERE n.sku <> o.sku OR n.destination <> o.destination
    UNION ALL
    -- Two lorries of one line are alike, too, while the line asks for both.
    SELECT 'shipment', max(n.shipment_id), arg_max(n.line, n.shipment_id), n.sku, n.destination,
        format('{} units of line {} of order {}, shipped on {}, as {}', n.quantity, n.po_line, n.po,
            n.shipped_on, min(n.shipment_id))
    FROM noticed n LEFT JOIN ordered o ON o.po = n.po AND o.line = n.po_line
    GROUP BY n.supplier, n.po, n.po_line, n.sku, n.destination, n.shipped_on, n.quantity
    HAVING count(DISTINCT n.shipment_id) > 1
        AND sum(n.quantity) > coalesce(any_value(o.wanted - greatest(o.booked, o.delivered_quantity)), 0)
    UNION ALL
    SELECT 'shipment', shipment_id, line, sku, destination,
        format('due on {}, before it was shipped on {}', expected_on, shipped_on)
    FROM noticed WHERE expected_on < shipped_on
    UNION ALL
    SELECT 'transfer', transfer_id, line, sku, destination,
        format('due on {}, before it was shipped on {}', expected_on, shipped_on)
    FROM moved WHERE expected_on < shipped_on
    UNION ALL
    SELECT 'transfer', transfer_id, line, sku, destination,
        format('received on {}, before it was shipped on {}', received_on, shipped_on)
    FROM known_transfers
    WHERE received_on < shipped_on AND shipped_on > getvariable('business_date') - 28
    UNION ALL
    SELECT 'transfer', t.transfer_id, t.line, t.sku, t.destination,
        CASE WHEN m.units > 0 THEN format('{} units from {}, which can have had {} of it: so many count',
                t.shipped_quantity, t.origin, m.units)
            ELSE format('{} units from {}, which had none of it by any record: all count',
                t.shipped_quantity, t.origin) END
    FROM moved t JOIN sent_at_most m ON m.sku = t.sku AND m.origin = t.origin
    WHERE t.shipped_quantity > 2 * m.units
    UNION ALL
    SELECT 'purchase_order', o.po, o.line, o.sku, o.destination,
        format('priced at {} a unit, where the terms of {} say {}', o.unit_price, o.supplier, t.price)
    FROM ordered o JOIN (
        SELECT sku, supplier, median(unit_price) AS price FROM known_item_suppliers GROUP BY ALL
    ) t ON t.sku = o.sku AND t.supplier = o.supplier
    WHERE o.open AND (o.unit_price >= 10 * t.price OR 10 * o.unit_price <= t.price)
    UNION ALL
    SELECT d.document_kind, d.document, d.line, d.sku, d.location,
        format('due on {} at {}, which closes on {}', d.due_on, d.location, l.closed_on)
    FROM (
        SELECT 'purchase_order' AS document_kind, po AS document, line, sku, destination AS location,
            stated_on AS due_on FROM ordered WHERE open AND delivered_quantity < wanted
        UNION ALL SELECT 'shipment', shipment_id, line, sku, destination, expected_on FROM noticed
        UNION ALL SELECT 'transfer', transfer_id, line, sku, destination, expected_on FROM moved
    ) d JOIN known_locations l ON l.location = d.location
    WHERE d.due_on >= l.closed_on AND l.closed_on > coalesce(l.opened_on, DATE '1-1-1')
    UNION ALL
    SELECT 'transfer', max(transfer_id), arg_max(line, transfer_id), sku, destination,
        format('{} units from {}, shipped on {}, as {}', shipped_quantity, origin, shipped_on, min(transfer_id))
    FROM moved
    GROUP BY sku, origin, destination, shipped_on, expected_on, shipped_quantity
    HAVING count(DISTINCT transfer_id) > 1
)
SELECT * FROM found ORDER BY document_kind, document, line, problem
