-- How the last eight weeks of plans went, a row a business date.
WITH stock AS (
    SELECT business_date, sum(out_of_stock) / nullif(sum(pairs), 0) AS out_share,
        round(sum(margin_a_day::DECIMAL(18, 4)), 2)::DOUBLE AS margin_a_day,
        round(sum(stock_value::DECIMAL(18, 4)), 2)::DOUBLE AS stock_value
    FROM reporting.stock_health GROUP BY business_date
),
decided AS (
    SELECT business_date, sum(actions)::BIGINT AS actions,
        sum(by_policy) / nullif(sum(actions - stopped), 0) AS automated_share
    FROM analysis.automation_rates GROUP BY business_date
),
checked AS (
    SELECT business_date, count(*) FILTER (NOT passed) AS failed_checks
    FROM reporting.check_outcomes GROUP BY business_date
),
risks AS (
    SELECT business_date, round(sum(money_at_risk::DECIMAL(18, 4)), 2)::DOUBLE AS money_at_risk
    FROM signals.exceptions WHERE state <> 'closed' GROUP BY business_date
)
SELECT business_date, out_share, margin_a_day, stock_value, money_at_risk,
    coalesce(actions, 0) AS actions, automated_share, failed_checks
FROM stock
LEFT JOIN decided USING (business_date)
LEFT JOIN checked USING (business_date)
LEFT JOIN risks USING (business_date)
WHERE business_date > (SELECT newest FROM newest_date) - 56
