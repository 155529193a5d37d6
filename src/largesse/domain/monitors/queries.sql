-- name: insert_monitor
-- A monitor; nothing where one of that id stands.
INSERT INTO monitors (merchant_id, monitor_id, watched, currency, offering_id, act, bound, made_by, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING

-- name: delete_monitor
-- A monitor watches no more.
DELETE FROM monitors WHERE merchant_id = $1 AND monitor_id = $2

-- name: list_monitors
-- The monitors of a merchant, the oldest first.
SELECT * FROM monitors WHERE merchant_id = $1 ORDER BY made_at, monitor_id

-- name: lock_monitor
-- One monitor, locked; nothing where another worker looks at it.
SELECT * FROM monitors WHERE merchant_id = $1 AND monitor_id = $2 FOR UPDATE SKIP LOCKED

-- name: put_seen
-- What a monitor saw.
UPDATE monitors SET value = $3, seen_at = $4, over_since = $5, told_at = $6 WHERE merchant_id = $1 AND monitor_id = $2

-- name: merchants_with_monitors
-- Who watches anything.
SELECT DISTINCT merchant_id FROM monitors
