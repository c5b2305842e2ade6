-- Landed decisions that cannot count (`refused`), each with the file and row that it came in.
SELECT f.file_name, d."row", r.decision_id, r.action_id, d.author, d.role, r.problem
FROM refused r JOIN known_decision_files d USING (decision_id) JOIN intake.files f USING (file_id)
ORDER BY ALL
