-- What became of the lines of one action that left, by any plan.
SELECT * FROM analysis.line_outcomes SEMI JOIN chosen USING (action_id) ORDER BY business_date, idempotency_key
