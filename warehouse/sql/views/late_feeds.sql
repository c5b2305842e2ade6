-- Feeds of nodes that have not come. awaited: sources whose files of the business date are not due yet: what
-- a location has not sent of them is not late.
SELECT location, source FROM inventory.feeds
WHERE business_date = getvariable('business_date') AND state <> 'on_time'
    AND NOT coalesce(state = 'late' AND age_days <= 1
        AND list_contains(string_split(getvariable('awaited'), ';'), source), false)
