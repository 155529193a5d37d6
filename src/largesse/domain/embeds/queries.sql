-- name: origins
-- The web sites that may show the gift form of a merchant.
SELECT origin FROM embed_origins WHERE merchant_id = $1 ORDER BY origin

-- name: lock_merchant
-- Whoever else changes the list comes before this or after it.
SELECT pg_advisory_xact_lock(hashtextextended('embed origins ' || $1::uuid::text, 0))

-- name: add
-- Put a web site on the list, where it is not there already.
INSERT INTO embed_origins (merchant_id, origin, added_at) VALUES ($1, $2, $3)
ON CONFLICT (merchant_id, origin) DO NOTHING

-- name: remove
-- Take a web site off the list.
DELETE FROM embed_origins WHERE merchant_id = $1 AND origin = $2 RETURNING origin

-- name: forget_ended
-- Forget tokens that would be refused for their age.
DELETE FROM spent_handovers WHERE merchant_id = $1 AND ends_at < $2

-- name: spend
-- Spend a token: a row for who comes first, nothing for everybody after.
INSERT INTO spent_handovers (merchant_id, handover_id, ends_at) VALUES ($1, $2, $3)
ON CONFLICT (merchant_id, handover_id) DO NOTHING
RETURNING handover_id
