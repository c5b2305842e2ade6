-- Order lines whose delivery window closed in the days of the scorecard, with what came of each and
-- when. Receipts tell the day of each delivery; of units that no receipt books, the order's own last
-- delivery has to do. Left-out lines stay, with the reason: nobody has to ask where one went.
WITH due AS (
    SELECT o.*, requested_on - getvariable('days_early')::INT AS due_from,
        requested_on + getvariable('days_late')::INT AS due_until
    FROM known_purchase_orders o
    WHERE due_until <= getvariable('business_date')
        AND due_until > getvariable('business_date') - getvariable('window_days')::INT
),
booked AS (
    SELECT d.po, d.line, sum(r.received)::BIGINT AS accepted, sum(r.rejected)::BIGINT AS rejected,
        min(r.timestamp)::DATE AS first_on, max(r.timestamp)::DATE AS last_on,
        coalesce(sum(r.received) FILTER (r.timestamp::DATE BETWEEN d.due_from AND d.due_until), 0)
            AS in_time
    FROM due d JOIN placed_receipts r ON r.po = d.po AND r.po_line = d.line GROUP BY d.po, d.line
),
-- What was said while the goods were still to come: the estimate of a received line is its delivery.
-- A day before the order, or more than the scorecard's days after it, is not believed.
words AS (
    SELECT po, line, ordered_on, confirmed_on, requested_on, coalesce(estimated_on, confirmed_on) AS estimated_on,
        business_date AS said_on, 1 AS place, recency
    FROM known_order_history WHERE status IN ('open', 'confirmed', 'shipped')
    UNION ALL
    -- The supplier's own answer confirms a day, to what the order asks for now.
    SELECT d.po, d.line, d.ordered_on, a.promised_on, d.requested_on, a.promised_on, a.acknowledged_on, 0, 0
    FROM known_order_acknowledgements a
    JOIN due d ON d.po = a.po AND d.line = a.po_line AND d.supplier = a.supplier
    WHERE a.acknowledged_on <= coalesce(d.delivered_on, a.acknowledged_on)
),
believed AS (
    SELECT w.*, w.confirmed_on - w.ordered_on BETWEEN 0 AND getvariable('window_days')::INT AS confirms,
        w.estimated_on - w.ordered_on BETWEEN 0 AND getvariable('window_days')::INT AS estimates
    FROM words w JOIN due d ON d.po = w.po AND d.line = w.line
),
said AS (
    SELECT po, line,
        first(confirmed_on ORDER BY said_on, place, recency) FILTER (confirms) AS first_confirmed_on,
        -- The day asked for then: a retailer may have asked for another one since.
        first(requested_on ORDER BY said_on, place, recency) FILTER (confirms) AS requested_then_on,
        last(estimated_on ORDER BY said_on, place DESC, recency) FILTER (estimates) AS last_estimated_on
    FROM believed GROUP BY po, line
),
counted AS (
    SELECT d.*, coalesce(p.case_pack, 1) AS case_pack, b.accepted, b.rejected, b.in_time, b.first_on, b.last_on,
        s.first_confirmed_on, s.requested_then_on, s.last_estimated_on,
        b.accepted + b.rejected AS booked_units,
        greatest(d.delivered_quantity - coalesce(booked_units, 0), 0) AS unbooked,
        coalesce(b.accepted, 0) + unbooked AS delivered_units,
        d.status = 'received' OR coalesce(booked_units, 0)
            >= coalesce(d.confirmed_quantity, d.ordered_quantity) AS done,
        CASE WHEN d.status = 'cancelled' THEN 'cancelled'
            WHEN d.requested_on < d.ordered_on THEN 'asked_before_ordered'
            WHEN least(b.first_on, d.delivered_on) < d.ordered_on THEN 'received_before_ordered'
            WHEN d.delivered_on > getvariable('business_date') THEN 'received_after_today'
            END AS left_out,
        CASE WHEN left_out IS NULL AND done AND coalesce(booked_units, 0) + unbooked > 0
            THEN greatest(d.delivered_on, b.last_on) END AS came_on
    FROM due d LEFT JOIN known_products p USING (sku)
    LEFT JOIN booked b ON b.po = d.po AND b.line = d.line
    LEFT JOIN said s ON s.po = d.po AND s.line = d.line
),
-- What is found later counts against nobody: each line has had as many days.
sent_back AS (
    SELECT c.po, c.line, coalesce(sum(t.units), 0)::BIGINT AS units,
        coalesce(sum(t.units) FILTER (t.reason IN ('defective', 'damaged', 'wrong_item')), 0)::BIGINT AS defective
    FROM counted c LEFT JOIN traced_returns t ON t.laid_po = c.po AND t.laid_line = c.line AND t.fault IS NULL
        AND t.returned_on <= c.came_on + getvariable('return_days')::INT
    WHERE c.came_on + getvariable('return_days')::INT <= getvariable('business_date')
        AND EXISTS (FROM known_supplier_returns)
    GROUP BY ALL
),
judged AS (
    SELECT counted.*, b.units AS returned_units, b.defective AS defective_units,
        CASE WHEN left_out IS NOT NULL THEN NULL WHEN NOT done THEN 'late'
            WHEN came_on < due_from THEN 'early' WHEN came_on <= due_until THEN 'on_time'
            WHEN came_on > due_until THEN 'late' END AS timing,
        (first_confirmed_on - requested_then_on)::BIGINT AS confirmation_slip,
        (last_estimated_on - first_confirmed_on)::BIGINT AS estimate_slip
    FROM counted LEFT JOIN sent_back b ON b.po = counted.po AND b.line = counted.line
)
SELECT po, line, supplier, sku, destination, status, ordered_on, requested_on, due_from, due_until,
    CASE WHEN due_until > getvariable('business_date') - getvariable('trend_days')::INT THEN 'recent'
        WHEN due_until > getvariable('business_date') - 2 * getvariable('trend_days')::INT
        THEN 'before' END AS period,
    case_pack, ordered_quantity AS ordered_units, delivered_units,
    CASE WHEN unbooked = 0 THEN coalesce(in_time, 0)
        WHEN delivered_on IS NOT NULL THEN coalesce(in_time, 0)
            + CASE WHEN delivered_on BETWEEN due_from AND due_until THEN unbooked ELSE 0 END
        END::BIGINT AS in_time_units,
    booked_units, rejected AS rejected_units, returned_units, defective_units, NOT done AND left_out IS NULL AS still_open, came_on, timing,
    (came_on - ordered_on)::BIGINT AS lead_days, (came_on - requested_on)::BIGINT AS days_off,
    first_confirmed_on, confirmation_slip, estimate_slip,
    CASE WHEN left_out IS NULL THEN nullif(concat_ws(';',
        CASE WHEN timing IN ('early', 'late') THEN timing END,
        CASE WHEN done AND delivered_units < ordered_quantity THEN 'short' END,
        CASE WHEN confirmation_slip > 0 THEN 'confirmed_later' END,
        CASE WHEN estimate_slip > 0 THEN 'estimate_moved' END,
        CASE WHEN rejected > 0 THEN 'rejected' END,
        CASE WHEN returned_units > 0 THEN 'returned' END), '') END AS against,
    left_out
FROM judged ORDER BY po, line
