-- name: insert_entry
-- One more line of the audit log.
INSERT INTO audit_log (merchant_id, audit_id, actor, action, subject, reason, recorded_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)

-- name: entries_about
-- What was done to a subject, the newest first.
SELECT merchant_id, audit_id, actor, action, subject, reason, recorded_at
FROM audit_log
WHERE merchant_id = $1 AND subject = $2
ORDER BY audit_id DESC
LIMIT $3
