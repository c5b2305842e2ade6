-- Weather forecasts as they were issued, for days of the window; observations tell too late.
SELECT region, issued_on, date, temperature, rain FROM known_weather
WHERE kind = 'forecast' AND date BETWEEN getvariable('first_day') AND getvariable('last_day')
ORDER BY ALL
