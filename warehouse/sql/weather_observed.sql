-- Weather as it was observed on days of the window.
SELECT region, issued_on, date, temperature, rain FROM known_weather
WHERE kind = 'observation' AND date BETWEEN getvariable('first_day') AND getvariable('last_day')
ORDER BY ALL
