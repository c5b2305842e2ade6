-- What lines that put units where they sell kept of the margin that they promised, once the goods of the next order
-- were due.
SELECT kind, region, category, currency, count(*) AS lines, count(realised) AS judged,
    coalesce(sum(came_units), 0)::BIGINT AS units, coalesce(sum(units_needed), 0)::BIGINT AS units_needed,
    round(coalesce(sum(promised), 0), 2) AS promised,
    round(coalesce(sum(given_up), 0), 2) AS given_up,
    round(coalesce(sum(trip_cost), 0), 2) AS trip_cost,
    round(coalesce(sum(realised), 0), 2) AS realised,
    round(sqrt(judged) * coalesce(stddev_samp(realised), 0), 2) AS realised_error
FROM analysis.line_outcomes
WHERE next_goods_on IS NOT NULL
GROUP BY ALL
