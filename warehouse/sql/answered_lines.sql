-- What customers answered to substitutes for lines that are still to be shipped.
SELECT a.order_id, a.line, a.substitute, a.outcome = 'accepted' AS accepted
FROM known_substitution_outcomes a
JOIN known_online_orders o ON o.order_id = a.order_id AND o.line = a.line
WHERE o.status IN ('open', 'allocated')
ORDER BY ALL
