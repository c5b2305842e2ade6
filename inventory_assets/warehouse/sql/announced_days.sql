-- How many days ahead nine in ten of the days of promotions and prices were announced, lately; null
-- where there were none.
WITH announced AS (
    SELECT promo_id AS id, min(starts_on) AS starts_on, max(ends_on) AS ends_on,
        min(business_date) AS announced_on
    FROM landing.promotions WHERE business_date <= getvariable('business_date') GROUP BY promo_id
    UNION ALL
    SELECT sku || location, valid_from, coalesce(max(valid_to), getvariable('business_date')),
        min(business_date)
    FROM landing.prices WHERE business_date <= getvariable('business_date')
    GROUP BY sku, location, valid_from
),
days AS (
    SELECT unnest(generate_series(greatest(starts_on, getvariable('first_day')),
        least(ends_on, getvariable('business_date')), INTERVAL 1 DAY))::DATE - announced_on AS lead
    FROM announced
    WHERE ends_on >= getvariable('first_day') AND starts_on <= getvariable('business_date')
        -- What was there before the first file came was not announced by it.
        AND announced_on > (SELECT min(business_date) FROM landing.promotions)
)
SELECT greatest(quantile_disc(lead, 0.1), 0) AS days FROM days
