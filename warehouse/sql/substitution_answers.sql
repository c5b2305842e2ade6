-- What customers answered to substitutes since first_day, by item and substitute.
SELECT sku, substitute, count(*) AS answers, count(*) FILTER (outcome = 'accepted') AS accepted
FROM known_substitution_outcomes WHERE offered_at >= getvariable('first_day')
GROUP BY ALL ORDER BY ALL
