-- What the need of each item-location is made of: its level, and what is there and on its way.
-- Where the level is that of an echelon, what its nodes have counts, too.
WITH fed AS (
    SELECT supply_location AS location, sku, sum(available)::BIGINT AS available
    FROM plans.planning_pairs
    WHERE business_date = getvariable('business_date') AND supply_location IS NOT NULL
    GROUP BY ALL
),
counted AS (
    SELECT t.*, p.available AS own_available,
        p.available + CASE WHEN t.echelon THEN coalesce(f.available, 0) ELSE 0 END AS there
    FROM plans.targets t
    JOIN plans.planning_pairs p USING (business_date, sku, location)
    LEFT JOIN fed f USING (sku, location)
    WHERE business_date = getvariable('business_date')
)
SELECT sku, location, order_up_to, demand_mean / nullif(protection_days, 0) AS daily_demand,
    protection_days, underage_cost, overage_cost, there, inventory_position - there AS on_its_way,
    own_available
FROM counted
