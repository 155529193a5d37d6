-- name: list_closes
-- All closes of a merchant, the newest month first, and of it the newest version.
SELECT merchant_id, month, version, state, requested_by, requester_id, requested_at, shown, waived, closed_by, closed_at, alone, seal_number,
    known_at, reopened_by, reopened_at, reopened_for
FROM month_closes
WHERE merchant_id = $1
ORDER BY month DESC, version DESC

-- name: lock_request
-- What waits to be agreed to of a month, locked.
SELECT merchant_id, month, version, state, requested_by, requester_id, requested_at, shown, waived, closed_by, closed_at, alone, seal_number,
    known_at, reopened_by, reopened_at, reopened_for
FROM month_closes
WHERE merchant_id = $1 AND month = $2 AND state = 'requested'
FOR UPDATE

-- name: insert_request
-- Ask for a month to be closed; in place of a request for the same version that has waited since before $8. Nothing where one waits.
INSERT INTO month_closes (merchant_id, month, version, state, requested_by, requester_id, requested_at, shown, waived)
VALUES ($1, $2, $3, 'requested', $4, $5, $6, $7, $9)
ON CONFLICT (merchant_id, month, version) DO UPDATE
SET requested_by = excluded.requested_by, requester_id = excluded.requester_id, requested_at = excluded.requested_at, shown = excluded.shown,
    waived = excluded.waived
WHERE month_closes.state = 'requested' AND month_closes.requested_at <= $8
RETURNING version

-- name: close_month
-- A month is closed, under a seal.
UPDATE month_closes SET state = 'closed', closed_by = $4, closed_at = $5, alone = $6, seal_number = $7, known_at = $8
WHERE merchant_id = $1 AND month = $2 AND version = $3 AND state = 'requested'

-- name: reopen_month
-- The books are open for a month again.
UPDATE month_closes SET state = 'reopened', reopened_by = $4, reopened_at = $5, reopened_for = $6
WHERE merchant_id = $1 AND month = $2 AND version = $3 AND state = 'closed'

-- name: keep_report
-- A report of a version, as it was printed.
INSERT INTO month_reports (merchant_id, month, version, report, body, body_hash) VALUES ($1, $2, $3, $4, $5, $6)

-- name: find_report
-- A report of a version, as it was printed.
SELECT body, body_hash FROM month_reports WHERE merchant_id = $1 AND month = $2 AND version = $3 AND report = $4
