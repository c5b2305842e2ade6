-- Items that the last run of an earlier business date set aside, by the table that it made.
SELECT s.asset, s.sku, s.since
FROM reporting.items_set_aside s
WHERE s.business_date = (
    SELECT max(c.business_date) FROM reporting.check_outcomes c
    WHERE c.asset = s.asset AND c."check" = 'items_calculated'
        AND c.business_date < getvariable('business_date'))
ORDER BY ALL
