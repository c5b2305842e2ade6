-- What transfers between nodes kept for each unit, and for each unit of money that their trips cost.
SELECT region, category, currency, judged AS lines, units, trip_cost,
    round(promised - given_up, 2) AS promised, round(realised - given_up, 2) AS realised,
    (promised - given_up) / units AS promised_a_unit, (realised - given_up) / units AS realised_a_unit,
    (promised - given_up) / nullif(trip_cost, 0) AS promised_return,
    (realised - given_up) / nullif(trip_cost, 0) AS realised_return
FROM analysis.realised_benefits WHERE kind = 'transfer' AND judged > 0
