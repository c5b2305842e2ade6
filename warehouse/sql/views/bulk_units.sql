-- Units that bulk sales took of a pair on a day beyond those that count as demand. `bulk` has the sales.
SELECT sku, location, date AS day, sum(units - counted)::BIGINT AS units FROM bulk GROUP BY ALL
