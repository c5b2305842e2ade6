-- Probability that the stock record of a pair is wrong: how often its books did not balance lately,
-- shrunk to all pairs by ten days, once for each day that the record is old; and 0.9 where it is
-- faulty: stock is shown of which nothing has sold for so long that it is suspected to be there on
-- paper only (`suspected`), or the newest record is below zero, could not be read or does not follow a count
-- (`unsure`). Who has
-- counted it since the last run of days without a sale began knows what is there. Where the node looked
-- for the item in vain since it was counted or came, the odds that the record is wrong are multiplied by
-- what counts that followed have taught (`record_errors`).
WITH days AS (
    SELECT sku, location, count(*) AS days, count(*) FILTER (discrepancy <> 0) AS off
    FROM inventory.book_balance
    WHERE business_date BETWEEN getvariable('business_date') - 27 AND getvariable('business_date')
    GROUP BY ALL
),
usual AS (SELECT (sum(off) + 0.5) / (sum(days) + 1) AS share FROM days),
counted AS (
    SELECT sku, location, max(timestamp)::DATE AS day FROM known_stock_counts GROUP BY ALL
),
broken AS (
    SELECT sku, location, max(date) AS day FROM demand.unconstrained
    WHERE business_date = getvariable('business_date') AND (sales > 0 OR censored AND NOT suspected)
    GROUP BY sku, location
),
suspects AS (
    SELECT u.sku, u.location FROM demand.unconstrained u
    LEFT JOIN broken b ON b.sku = u.sku AND b.location = u.location
    LEFT JOIN counted k ON k.sku = u.sku AND k.location = u.location
    WHERE u.business_date = getvariable('business_date') AND u.suspected
        AND coalesce(u.date > b.day, TRUE)
    GROUP BY u.sku, u.location
    HAVING max(u.date) > getvariable('business_date') - 7
        AND coalesce(max(k.day) < min(u.date), TRUE)
),
faults AS (SELECT DISTINCT sku, location FROM unsure),
learned AS (
    SELECT coalesce(max(unfound_odds), 1) AS odds FROM inventory.record_errors
    WHERE business_date = getvariable('business_date')
),
reckoned AS (
    SELECT x.sku, x.location,
        s.sku IS NOT NULL AND x.available > 0 AS suspected,
        f.sku IS NOT NULL OR suspected AS faulty,
        1 - (1 - (coalesce(d.off, 0) + 10 * coalesce(u.share, 0)) / (coalesce(d.days, 0) + 10))
            ** (1 + x.record_age_days) AS wrong,
        CASE WHEN n.sku IS NULL THEN 1 ELSE l.odds END AS odds
    FROM inventory.position x
    LEFT JOIN days d ON d.sku = x.sku AND d.location = x.location
    LEFT JOIN suspects s ON s.sku = x.sku AND s.location = x.location
    LEFT JOIN faults f ON f.sku = x.sku AND f.location = x.location
    LEFT JOIN items_not_found n ON n.sku = x.sku AND n.location = x.location
    CROSS JOIN usual u CROSS JOIN learned l
    WHERE x.business_date = getvariable('business_date') AND x.on_hand IS NOT NULL
)
SELECT sku, location, suspected, faulty,
    CASE WHEN faulty THEN 0.9 ELSE wrong * odds / (1 - wrong + wrong * odds) END::DOUBLE AS doubt
FROM reckoned
ORDER BY sku, location
