-- Rows in quarantine that no later file or master has released.
SELECT source, business_date, file_name, "row", field, reason, message, known_on
FROM intake.quarantine
WHERE status = 'waiting' AND known_on <= (SELECT newest FROM newest_date)
