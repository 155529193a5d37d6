-- name: rules
-- What a merchant allows without a line.
SELECT merchant_id, allowed, per_certificate, per_device_day, over_all, hours_max FROM offline_rules WHERE merchant_id = $1

-- name: lock_rules
-- The same, locked until the transaction ends: what devices are lent is worked out one after another.
SELECT merchant_id, allowed, per_certificate, per_device_day, over_all, hours_max FROM offline_rules WHERE merchant_id = $1 FOR UPDATE

-- name: put_rules
-- What a merchant allows from now on.
INSERT INTO offline_rules (merchant_id, allowed, per_certificate, per_device_day, over_all, hours_max) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (merchant_id) DO UPDATE SET allowed = excluded.allowed, per_certificate = excluded.per_certificate,
    per_device_day = excluded.per_device_day, over_all = excluded.over_all, hours_max = excluded.hours_max

-- name: begin_enrolment
-- The queue of a device since it was enrolled; one that stands stays as it is.
INSERT INTO offline_enrolments (merchant_id, enrolment_id, device_id, enrolled_at, public_key, last_hash)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (merchant_id, device_id, enrolled_at) DO NOTHING

-- name: enrolment_of_device
-- The queue of a device as it is enrolled now.
SELECT merchant_id, enrolment_id, device_id, enrolled_at, public_key, last_number, last_hash, waiting, heard_at, emptied_at, lent, lent_until
FROM offline_enrolments
WHERE merchant_id = $1 AND device_id = $2 AND enrolled_at = $3

-- name: lock_enrolment
-- A queue, locked until the transaction ends: its rows are taken one after another.
SELECT merchant_id, enrolment_id, device_id, enrolled_at, public_key, last_number, last_hash, waiting, heard_at, emptied_at, lent, lent_until
FROM offline_enrolments
WHERE merchant_id = $1 AND enrolment_id = $2
FOR UPDATE

-- name: enrolments
-- All queues of a merchant's devices, the newest first.
SELECT merchant_id, enrolment_id, device_id, enrolled_at, public_key, last_number, last_hash, waiting, heard_at, emptied_at, lent, lent_until
FROM offline_enrolments
WHERE merchant_id = $1
ORDER BY enrolled_at DESC

-- name: heard_of
-- A device was heard of, and so many rows wait on it.
UPDATE offline_enrolments
SET waiting = $3, heard_at = greatest(heard_at, $4), emptied_at = CASE WHEN $3 = 0 THEN greatest(emptied_at, $4) ELSE emptied_at END
WHERE merchant_id = $1 AND enrolment_id = $2

-- name: lend
-- What a device may take until a moment, in the place of what it was lent before.
UPDATE offline_enrolments SET lent = $3, lent_until = $4 WHERE merchant_id = $1 AND enrolment_id = $2

-- name: carry_on
-- The last row that has come without one missing before it.
UPDATE offline_enrolments SET last_number = $3, last_hash = $4 WHERE merchant_id = $1 AND enrolment_id = $2

-- name: find_row
-- A row of a queue.
SELECT * FROM offline_rows WHERE merchant_id = $1 AND enrolment_id = $2 AND number = $3

-- name: row_of_operation
-- The row that carries an operation.
SELECT * FROM offline_rows WHERE merchant_id = $1 AND operation_id = $2

-- name: rows_after
-- The rows of a queue behind a number, in order.
SELECT number, body FROM offline_rows WHERE merchant_id = $1 AND enrolment_id = $2 AND number > $3 ORDER BY number LIMIT 1000

-- name: insert_row
-- One more row.
INSERT INTO offline_rows (
    merchant_id, enrolment_id, number, device_id, location_id, operation_id, body, signature, membership_id, claimed_at, received_at, came,
    late, state, asked, taken
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)

-- name: settle_row
-- What became of a row that waited.
UPDATE offline_rows SET state = $4, taken = $5 WHERE merchant_id = $1 AND enrolment_id = $2 AND number = $3

-- name: taken_since
-- What a device took without a line since a moment.
SELECT coalesce(sum(asked), 0)::bigint FROM offline_rows WHERE merchant_id = $1 AND device_id = $2 AND claimed_at >= $3

-- name: taken_late
-- How many rows of a device came in between two moments, after their day was closed, and what was taken by them.
SELECT count(*) AS count, coalesce(sum(taken), 0)::bigint AS sum
FROM offline_rows
WHERE merchant_id = $1 AND device_id = $2 AND late AND ($3::timestamptz IS NULL OR received_at > $3) AND received_at <= $4

-- name: claimed_by
-- Which of some operations were taken without a line, and whoever touched their name for it.
SELECT operation_id, membership_id FROM offline_rows WHERE merchant_id = $1 AND operation_id = ANY($2::uuid[])

-- name: insert_conflict
-- One more thing to settle; what is noted already stays as it is.
INSERT INTO offline_conflicts (
    merchant_id, conflict_id, enrolment_id, device_id, location_id, kind, number, number_to, certificate_id, last_four, currency, amount, why,
    claimed_at, noted_at, state
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 'open')
ON CONFLICT DO NOTHING

-- name: conflicts
-- What is open of a merchant's queues, the oldest first; with $2 also what was settled.
SELECT * FROM offline_conflicts
WHERE merchant_id = $1 AND ($2 OR state IN ('open', 'charged'))
ORDER BY state IN ('open', 'charged') DESC, noted_at DESC, number
LIMIT $3

-- name: count_open
-- How many are open.
SELECT count(*) FROM offline_conflicts WHERE merchant_id = $1 AND state IN ('open', 'charged')

-- name: count_unverified
-- How many rows of a queue wait to be settled that cannot be verified.
SELECT count(*) FROM offline_conflicts
WHERE merchant_id = $1 AND enrolment_id = $2 AND kind = 'unverified' AND state IN ('open', 'charged')

-- name: verified_after_all
-- One of them has come as the device signed it.
UPDATE offline_conflicts SET state = 'came', settled_at = $4
WHERE merchant_id = $1 AND enrolment_id = $2 AND kind = 'unverified' AND number = $3 AND state IN ('open', 'seen')

-- name: drop_aside
-- A row that was set aside makes room for the one that its device signed.
DELETE FROM offline_rows WHERE merchant_id = $1 AND enrolment_id = $2 AND number = $3 AND state = 'aside'

-- name: lock_conflict
-- One conflict, locked until the transaction ends.
SELECT * FROM offline_conflicts WHERE merchant_id = $1 AND conflict_id = $2 FOR UPDATE

-- name: settle_conflict
-- How it was settled, and by whom.
UPDATE offline_conflicts SET state = $3, settled_at = $4, settled_by = $5, reason = $6 WHERE merchant_id = $1 AND conflict_id = $2

-- name: gaps_around
-- The gap that a row fills, which came after all.
SELECT * FROM offline_conflicts
WHERE merchant_id = $1 AND enrolment_id = $2 AND kind = 'gap' AND number <= $3 AND number_to >= $3 AND state = 'open'
FOR UPDATE

-- name: narrow_gap
-- What is still missing of a gap.
UPDATE offline_conflicts SET number = $3, number_to = $4 WHERE merchant_id = $1 AND conflict_id = $2

-- name: erase_bodies
-- Take out of some rows what was signed, with what somebody said beside it; those that wait for a word keep it.
UPDATE offline_rows SET body = '' WHERE merchant_id = $1 AND operation_id = ANY($2::uuid[]) AND state NOT IN ('waits', 'aside')

-- name: erase_reasons
-- Take out of what was settled of some certificates what somebody said of it.
UPDATE offline_conflicts SET reason = '' WHERE merchant_id = $1 AND certificate_id = ANY($2::uuid[])
