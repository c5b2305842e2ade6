-- Figures of suppliers, added up anew from the stored lines: of all days, of the newest weeks, and of
-- as many before.
WITH counted AS (
    SELECT * FROM supply.scorecard_lines
    WHERE business_date = getvariable('business_date') AND left_out IS NULL
),
periods AS (
    SELECT * REPLACE ('all' AS period) FROM counted
    UNION ALL SELECT * FROM counted WHERE period IS NOT NULL
),
-- One line alone has no spread.
usual AS (
    SELECT supplier, period, avg(days_off) AS usually_off FROM periods
    GROUP BY ALL HAVING count(days_off) > 1
),
parts AS (
    SELECT supplier, period, po, 'otif' AS figure,
        least(in_time_units, ordered_units) / case_pack AS part, ordered_units / case_pack AS whole
    FROM periods WHERE in_time_units IS NOT NULL
    UNION ALL
    SELECT supplier, period, po, 'fill_rate', least(delivered_units, ordered_units) / case_pack,
        ordered_units / case_pack
    FROM periods
    UNION ALL
    SELECT supplier, period, po, unnest(['early_share', 'on_time_share', 'late_share']),
        unnest([timing = 'early', timing = 'on_time', timing = 'late'])::DOUBLE, 1
    FROM periods WHERE timing IS NOT NULL
    UNION ALL
    SELECT supplier, period, po, 'lead_time', lead_days, 1
    FROM periods WHERE lead_days IS NOT NULL
    UNION ALL
    SELECT supplier, period, po, 'lead_time_spread', abs(days_off - usually_off), 1
    FROM periods JOIN usual USING (supplier, period) WHERE days_off IS NOT NULL
    UNION ALL
    SELECT supplier, period, po, 'confirmation_slip', greatest(confirmation_slip, 0), 1
    FROM periods WHERE confirmation_slip IS NOT NULL
    UNION ALL
    SELECT supplier, period, po, 'estimate_slip', greatest(estimate_slip, 0), 1
    FROM periods WHERE estimate_slip IS NOT NULL
    UNION ALL
    SELECT supplier, period, po, 'rejected_share', rejected_units, booked_units
    FROM periods WHERE booked_units > 0
    UNION ALL
    SELECT supplier, period, po, unnest(['returned_share', 'defect_share']),
        unnest([returned_units, defective_units]), delivered_units
    FROM periods WHERE returned_units IS NOT NULL AND delivered_units > 0
)
SELECT supplier, figure, period, exact_sum(part) / exact_sum(whole) AS value, count(*) AS lines,
    count(DISTINCT po) AS orders
FROM parts GROUP BY ALL ORDER BY ALL
