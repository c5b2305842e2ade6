-- Of each location, how old its stock and its sales are, whether its books hold, and what follows; of
-- each DC, for how long it has booked no receipt and no transfer, beside its longest pause.
-- `books` has what moved and what is unexplained by location.
WITH kept AS (SELECT DISTINCT location FROM known_item_locations),
counted AS (
    SELECT location, max(read_until)::DATE AS newest_on FROM known_stock_records GROUP BY ALL
),
sold AS (
    SELECT location, max(business_date) AS newest_on FROM inventory.trading_days
    WHERE business_date <= getvariable('business_date') AND status <> 'missing' GROUP BY ALL
),
booked AS (
    SELECT location, 'receipts' AS source, timestamp::DATE AS day FROM known_receipts
    UNION SELECT origin, 'transfers', shipped_on FROM known_transfers
    UNION SELECT destination, 'transfers', received_on FROM known_transfers
),
-- The quarter before its newest booking: of a DC that is silent since, the days until today have none.
newest AS (
    SELECT b.location, b.source, max(b.day) AS day
    FROM booked b JOIN known_locations l ON l.location = b.location AND l.kind = 'dc'
    WHERE b.day BETWEEN getvariable('business_date') - 180 AND getvariable('business_date') GROUP BY ALL
),
paused AS (
    SELECT b.location, b.source, b.day,
        b.day - lag(b.day) OVER (PARTITION BY b.location, b.source ORDER BY b.day) AS pause
    FROM booked b JOIN newest n USING (location, source) WHERE b.day BETWEEN n.day - 90 AND n.day
),
-- Whoever books seldom says nothing by a pause.
usual AS (
    SELECT location, source, max(day) AS newest_on, max(pause) AS longest_pause
    FROM paused GROUP BY ALL HAVING count(pause) >= 12
),
found AS (
    SELECT k.location, 'stock' AS source, s.newest_on, b.moved, b.unexplained, 0 AS longest_pause,
        coalesce(NOT b.hold, false) AS books_fail,
        getvariable('stock_late_after') AS late_after, getvariable('stock_stop_after') AS stop_after
    FROM kept k LEFT JOIN counted s USING (location) LEFT JOIN books b USING (location)
    UNION ALL
    SELECT k.location, 'pos_sales', s.newest_on, NULL, NULL, 0, false,
        getvariable('sales_late_after'), getvariable('sales_stop_after')
    FROM kept k JOIN known_locations l USING (location) LEFT JOIN sold s USING (location)
    WHERE l.kind <> 'dc'
    UNION ALL
    SELECT k.location, u.source, u.newest_on, NULL, NULL, u.longest_pause, false,
        u.longest_pause + getvariable('moves_late_after'),
        u.longest_pause + getvariable('moves_stop_after')
    FROM kept k JOIN usual u USING (location)
),
-- DCs do not trade. Their pauses between bookings have the days on which they are closed in them.
dc_days AS (
    SELECT f.location, f.source,
        unnest(range(f.newest_on + 1, getvariable('business_date') + 1, INTERVAL 1 DAY))::DATE AS day
    FROM found f JOIN known_locations l ON l.location = f.location AND l.kind = 'dc'
    WHERE f.source = 'stock'
),
closed AS (
    SELECT f.location, f.source, t.business_date AS day
    FROM found f JOIN inventory.trading_days t ON t.location = f.location AND t.status = 'closed'
        AND t.business_date > f.newest_on AND t.business_date <= getvariable('business_date')
    UNION ALL
    SELECT d.location, d.source, d.day FROM dc_days d JOIN known_locations l USING (location)
    WHERE substr(l.open_weekdays, isodow(d.day)::INT, 1) = '0' OR (d.day < l.opened_on
        AND (l.closed_on IS NULL OR l.closed_on > l.opened_on OR d.day >= l.closed_on))
),
-- On a day on which a location is closed nothing happens that it could send; one that has closed for good
-- sends nothing any more, and its last record grows old.
shut AS (
    SELECT c.location, c.source, count(*) AS days
    FROM closed c JOIN known_locations l USING (location)
    WHERE l.closed_on IS NULL OR c.day < l.closed_on OR l.closed_on <= l.opened_on
    GROUP BY ALL
),
aged AS (
    SELECT f.*, (getvariable('business_date') - f.newest_on - coalesce(s.days, 0))::INT AS age_days
    FROM found f LEFT JOIN shut s USING (location, source)
)
SELECT l.region, f.location, f.source, f.newest_on, f.age_days,
    f.moved::BIGINT AS moved, f.unexplained::BIGINT AS unexplained,
    CASE WHEN f.newest_on IS NULL THEN 'never_came'
         WHEN f.age_days > f.stop_after OR f.books_fail THEN 'stopped'
         WHEN f.age_days > f.late_after THEN 'late' ELSE 'on_time' END AS state,
    CASE WHEN f.newest_on IS NULL THEN 'nothing was ever sent'
         WHEN f.books_fail THEN f.unexplained || ' units unexplained against ' || f.moved || ' moved'
         WHEN f.age_days > least(f.late_after, f.stop_after)
             THEN 'last of ' || f.newest_on || ', ' || f.age_days || ' days old'
                || CASE WHEN f.longest_pause > 0
                        THEN '; the longest pause of a quarter was ' || f.longest_pause ELSE '' END
         ELSE '' END AS problem
FROM aged f JOIN known_locations l USING (location)
ORDER BY f.location, f.source
