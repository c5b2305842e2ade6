-- Accuracy of forecasts by category, over all regions: of nights, and where there is none of the newest
-- backtest.
WITH nights AS (
    SELECT business_date, category, lead_days, 'night' AS made_by, region, pairs, actual, forecast,
        absolute_error, naive_error, covered_80
    FROM demand.forecast_accuracy
),
tests AS (
    SELECT date AS business_date, category, lead_days, 'backtest' AS made_by, region, pairs, actual,
        forecast, absolute_error, naive_error, covered_80
    FROM demand.backtest_accuracy
    WHERE business_date = (SELECT max(business_date) FROM demand.backtest_accuracy)
        AND (date, category, lead_days) NOT IN
            (SELECT (business_date, category, lead_days) FROM nights)
)
SELECT business_date, category, lead_days, made_by,
    sum(pairs)::BIGINT AS pairs, sum(actual) AS actual, sum(forecast) AS forecast,
    sum(absolute_error) AS absolute_error, sum(naive_error) AS naive_error,
    sum(absolute_error) / nullif(sum(actual), 0) AS wape,
    sum(forecast) / nullif(sum(actual), 0) - 1 AS bias,
    sum(covered_80) / sum(pairs) AS covered_80
FROM (FROM nights UNION ALL FROM tests)
GROUP BY business_date, category, lead_days, made_by
