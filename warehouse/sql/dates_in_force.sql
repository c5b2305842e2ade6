-- Dates of masters that contradict each other or what sold, with those that plans go by.
WITH traded AS (
    SELECT location, business_date AS day FROM inventory.trading_days
    WHERE status = 'open' AND units > 0
        AND business_date BETWEEN getvariable('business_date') - 181 AND getvariable('business_date')
),
sold AS (
    -- An item that another one is sent for sells no more.
    SELECT DISTINCT sku, business_date AS day FROM inventory.demand_history
    WHERE own_sales > 0
        AND business_date BETWEEN getvariable('business_date') - 181 AND getvariable('business_date')
),
places AS (
    SELECT l.location, any_value(l.opened_on) AS opened_on, any_value(l.closed_on) AS closed_on,
        min(t.day) AS first_sale, max(t.day) AS last_sale,
        count(*) FILTER (t.day >= l.closed_on AND t.day > getvariable('business_date') - 14) AS after_close,
        count(*) FILTER (substr(l.open_weekdays, isodow(t.day)::INT, 1) = '0'
            AND t.day > getvariable('business_date') - 14) AS on_rest_days
    FROM known_locations l LEFT JOIN traded t USING (location) GROUP BY l.location
),
-- One day may be a stray; a place that sold on two of the last fourteen is open.
place_facts AS (
    SELECT *, closed_on <= opened_on AS opened_again, after_close >= 2 AS sells_on,
        opened_on > getvariable('business_date') AND last_sale > getvariable('business_date') - 14 AS early,
        on_rest_days >= 2 AS never_rests
    FROM places
),
items AS (
    SELECT p.sku, any_value(p.launch_date) AS launch_date, any_value(p.exit_date) AS exit_date,
        min(s.day) AS first_sale, max(s.day) AS last_sale,
        count(*) FILTER (s.day < p.launch_date AND s.day >= least(p.launch_date, getvariable('business_date') + 1) - 28)
            AS before_launch,
        count(*) FILTER (s.day > p.exit_date AND s.day > getvariable('business_date') - 7) AS after_exit
    FROM known_products p LEFT JOIN sold s USING (sku) GROUP BY p.sku
),
-- What is left of an item sells on after its exit; that alone does not bring it back.
item_facts AS (
    SELECT *, exit_date < launch_date AS launched_again, before_launch >= 3 AS early,
        after_exit >= 3 AS sells_on
    FROM items
)
SELECT 'location' AS kind, location AS code,
    CASE WHEN early THEN first_sale ELSE opened_on END AS starts_on,
    CASE WHEN opened_again OR sells_on THEN NULL ELSE closed_on END AS ends_on,
    last_sale,
    concat_ws('; ',
        CASE WHEN opened_again THEN 'closed on ' || closed_on || ' and opened on ' || opened_on || ': open again' END,
        CASE WHEN sells_on AND opened_again IS NOT TRUE THEN 'sells after it closed on ' || closed_on || ': open' END,
        CASE WHEN early THEN 'sells before it opens on ' || opened_on || ': open' END,
        CASE WHEN never_rests THEN 'sells on weekdays on which it is closed: open where it sells' END) AS problem
FROM place_facts WHERE opened_again OR sells_on OR early OR never_rests
UNION ALL
SELECT 'item', sku, CASE WHEN early THEN first_sale ELSE launch_date END,
    CASE WHEN launched_again THEN NULL ELSE exit_date END, last_sale,
    concat_ws('; ',
        CASE WHEN launched_again THEN 'exit on ' || exit_date || ' before its launch on ' || launch_date || ': on sale' END,
        CASE WHEN early THEN 'sold before its launch on ' || launch_date || ': on sale since it sells' END,
        CASE WHEN sells_on AND launched_again IS NOT TRUE
            THEN 'sells after its exit on ' || exit_date || ': what is left sells out, none is bought' END)
FROM item_facts WHERE launched_again OR early OR sells_on
ORDER BY kind, code
