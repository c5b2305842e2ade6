-- Levels that people have changed for the day after the business date, by the words of the frame `standing`. Of several of a sort the one that was first decided last holds for a pair; a factor and a freeze go by the level of the last plan before they began in which nobody had changed it or, of a pair that was not planned by then, of the first such plan.
WITH holding AS (
    SELECT * FROM standing
    WHERE getvariable('business_date') + 1 BETWEEN starts_on AND ends_on
),
unchanged AS (
    -- One change does not go by what another made of the level.
    SELECT business_date, sku, location, order_up_to FROM plans.targets
    ANTI JOIN plans.changed_levels USING (business_date, sku, location)
    WHERE business_date < getvariable('business_date')
),
touched AS (
    SELECT i.sku, i.location, l.region, h.change_id, h.change, h.factor, h.minimum,
        CASE WHEN h.change <> 'minimum' THEN coalesce((
            SELECT arg_max(u.order_up_to, u.business_date) FROM unchanged u
            WHERE u.sku = i.sku AND u.location = i.location AND u.business_date + 1 < h.starts_on
        ), (
            SELECT arg_min(u.order_up_to, u.business_date) FROM unchanged u
            WHERE u.sku = i.sku AND u.location = i.location
        )) END AS level_before
    FROM known_item_locations i
    JOIN known_locations l USING (location)
    JOIN known_products p USING (sku)
    JOIN holding h ON h.sku IN ('*', i.sku) AND h.location IN ('*', i.location)
        AND h.region IN ('*', l.region) AND h.category IN ('*', p.category)
    QUALIFY row_number() OVER (
        PARTITION BY i.sku, i.location, h.change ORDER BY h.decided_at DESC, h.change_id DESC
    ) = 1
),
asked AS (
    SELECT *,
        -- A product of floats is a hair off the whole number that it stands for.
        CASE change WHEN 'minimum' THEN minimum WHEN 'freeze' THEN level_before
            ELSE CASE WHEN factor > 1 THEN ceil(round(factor * level_before, 6)) END
        END::BIGINT AS least,
        CASE change WHEN 'freeze' THEN level_before
            WHEN 'factor' THEN CASE WHEN factor < 1 THEN floor(round(factor * level_before, 6)) END
        END::BIGINT AS most
    FROM touched
)
SELECT region, sku, location, string_agg(change_id, ';' ORDER BY change_id) AS level_change,
    max(level_before) AS level_before, max(least) AS least_level,
    greatest(min(most), CASE WHEN min(most) IS NOT NULL THEN max(least) END) AS most_level
FROM asked WHERE least IS NOT NULL OR most IS NOT NULL
GROUP BY region, sku, location
ORDER BY sku, location
