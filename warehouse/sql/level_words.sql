-- Every word on a planned change of levels that is known as of the business date, the oldest of each change first.
SELECT * FROM known_level_words ORDER BY change_id, recency
