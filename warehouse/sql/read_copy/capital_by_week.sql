-- What stock and orders tie up by week ahead over all departments, with the newest plan left alone and carried out.
SELECT week, ends_on, currency, round(sum(stock_as_is::DECIMAL(18, 4)), 2)::DOUBLE AS stock_as_is,
    round(sum(exposure_as_is::DECIMAL(18, 4)), 2)::DOUBLE AS exposure_as_is,
    round(sum(stock_with_proposals::DECIMAL(18, 4)), 2)::DOUBLE AS stock_with_proposals,
    round(sum(exposure_with_proposals::DECIMAL(18, 4)), 2)::DOUBLE AS exposure_with_proposals
FROM analysis.capital_ahead
GROUP BY week, ends_on, currency
