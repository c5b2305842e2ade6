-- Page views and goods put into carts by item, region and day of the window.
SELECT region, sku, date, views, add_to_cart FROM known_browsing
WHERE date BETWEEN getvariable('first_day') AND getvariable('last_day')
