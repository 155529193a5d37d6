-- name: insert_mail
-- Somebody is mailed a report from now on; nothing where they are already.
INSERT INTO report_mails (merchant_id, mail_id, person_id, report, every, made_at, next_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING

-- name: delete_mail
-- Somebody is mailed a report no more.
DELETE FROM report_mails WHERE merchant_id = $1 AND person_id = $2 AND mail_id = $3

-- name: stop_mails_of
-- Somebody works here no more.
DELETE FROM report_mails WHERE merchant_id = $1 AND person_id = $2

-- name: list_mails
-- What people of a merchant are mailed, or one of them ($2).
SELECT * FROM report_mails WHERE merchant_id = $1 AND ($2::uuid IS NULL OR person_id = $2) ORDER BY report, every, made_at

-- name: lock_due_mail
-- A mail of a merchant whose time has come and that no other worker sends, locked.
SELECT * FROM report_mails WHERE merchant_id = $1 AND next_at <= $2 ORDER BY next_at, mail_id LIMIT 1 FOR UPDATE SKIP LOCKED

-- name: put_off
-- A mail was sent: when the next one is.
UPDATE report_mails SET next_at = $3 WHERE merchant_id = $1 AND mail_id = $2

-- name: merchants_with_due_mails
-- Whose people's time has come.
SELECT DISTINCT merchant_id FROM report_mails WHERE next_at <= $1
