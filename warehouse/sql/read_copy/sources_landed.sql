-- The newest file of each landing source, and what of it was not taken.
WITH waits AS (
    SELECT source, count(*) AS waiting FROM analysis.rows_waiting GROUP BY source
),
landed AS (
    SELECT source, max(business_date) FILTER (status = 'loaded') AS newest_file,
        count(*) FILTER (status = 'loaded') AS files,
        count(*) FILTER (status = 'refused') AS refused,
        coalesce(sum(loaded_rows) FILTER (status = 'loaded'), 0)::BIGINT AS "rows"
    FROM intake.files
    WHERE known_on <= (SELECT newest FROM newest_date)
        AND business_date <= (SELECT newest FROM newest_date)
    GROUP BY source
)
SELECT source, newest_file, date_diff('day', newest_file, (SELECT newest FROM newest_date)) AS days_behind,
    files, refused, "rows", coalesce(waiting, 0)::BIGINT AS waiting
FROM landed LEFT JOIN waits USING (source)
