-- name: limits
-- The limits of a merchant.
SELECT merchant_id, act, per_act, per_day, per_certificate FROM act_limits WHERE merchant_id = $1 ORDER BY act

-- name: lock_limit
-- The limit of an act; whoever does the same at once waits, so that two do not both fit where one does.
SELECT merchant_id, act, per_act, per_day, per_certificate FROM act_limits WHERE merchant_id = $1 AND act = $2 FOR UPDATE

-- name: put_limit
-- Another limit of an act.
INSERT INTO act_limits (merchant_id, act, per_act, per_day, per_certificate) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (merchant_id, act) DO UPDATE
SET per_act = excluded.per_act, per_day = excluded.per_day, per_certificate = excluded.per_certificate

-- name: keep_limit
-- The row of an act, without a limit where there was none.
INSERT INTO act_limits (merchant_id, act) VALUES ($1, $2) ON CONFLICT (merchant_id, act) DO NOTHING

-- name: own_limits
-- The limits that people have of their own, those of who left with them.
SELECT membership_id, merchant_id, act, per_act, per_day, per_certificate
FROM member_limits
WHERE merchant_id = $1
ORDER BY membership_id, act

-- name: own_limit_of
-- The limit of an act that somebody has of their own.
SELECT merchant_id, per_act, per_day, per_certificate
FROM member_limits
WHERE merchant_id = $1 AND membership_id = $2 AND act = $3

-- name: put_own_limit
-- Another limit of somebody's own.
INSERT INTO member_limits (merchant_id, membership_id, act, per_act, per_day, per_certificate) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (merchant_id, membership_id, act) DO UPDATE
SET per_act = excluded.per_act, per_day = excluded.per_day, per_certificate = excluded.per_certificate

-- name: drop_own_limit
-- That of everybody counts again.
DELETE FROM member_limits WHERE merchant_id = $1 AND membership_id = $2 AND act = $3

-- name: spent
-- What a person did of an act since a moment, and what everybody did of it on a certificate; not this operation itself.
SELECT
    coalesce(sum(amount) FILTER (WHERE person_id = $3 AND done_at >= $5), 0)::bigint AS today,
    coalesce(sum(amount) FILTER (WHERE certificate_id = $4), 0)::bigint AS on_certificate
FROM limited_acts
WHERE merchant_id = $1 AND act = $2 AND operation_id <> $6 AND ((person_id = $3 AND done_at >= $5) OR certificate_id = $4)

-- name: count_act
-- Somebody does something that counts; the same operation counts once.
INSERT INTO limited_acts (merchant_id, operation_id, act, person_id, certificate_id, amount, done_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING
RETURNING operation_id

-- name: forget_act
-- It was refused: it does not count.
DELETE FROM limited_acts WHERE merchant_id = $1 AND operation_id = $2

-- name: insert_request
-- Something waits for a second person; the same request again is the first.
INSERT INTO approval_requests (
    merchant_id, request_id, act, certificate_id, command, shown, reason, requested_by, made_at, expires_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT DO NOTHING
RETURNING request_id

-- name: find_request
-- The request of an id.
SELECT merchant_id, request_id, command, shown, reason, requested_by, made_at, expires_at, decided_at, decided_by, decision,
    outcome, by_one
FROM approval_requests WHERE merchant_id = $1 AND request_id = $2

-- name: lock_request
-- The same, kept from being decided by anybody else until the transaction ends.
SELECT merchant_id, request_id, command, shown, reason, requested_by, made_at, expires_at, decided_at, decided_by, decision,
    outcome, by_one
FROM approval_requests WHERE merchant_id = $1 AND request_id = $2 FOR UPDATE

-- name: requests
-- The requests of a merchant: what waits first, the oldest on top, then what was decided, the newest on top.
SELECT merchant_id, request_id, command, shown, reason, requested_by, made_at, expires_at, decided_at, decided_by, decision,
    outcome, by_one
FROM approval_requests
WHERE merchant_id = $1
ORDER BY decided_at DESC NULLS FIRST, made_at
LIMIT $2

-- name: count_waiting
-- How many requests wait that others than one person made.
SELECT count(*) FROM approval_requests WHERE merchant_id = $1 AND decided_at IS NULL AND expires_at > $3 AND requested_by <> $2

-- name: decide
-- Write what came of a request, once.
UPDATE approval_requests SET decided_at = $3, decided_by = $4, decision = $5, by_one = $6
WHERE merchant_id = $1 AND request_id = $2 AND decided_at IS NULL

-- name: set_outcome
-- What came of doing it.
UPDATE approval_requests SET outcome = $3 WHERE merchant_id = $1 AND request_id = $2

-- name: withdraw_requests_of
-- Whoever asked works here no more.
UPDATE approval_requests SET decided_at = $3, decision = 'withdrawn'
WHERE merchant_id = $1 AND requested_by = $2 AND decided_at IS NULL

-- name: insert_till_request
-- Somebody at a till waits for a word; the same operation again is the first.
INSERT INTO till_requests (
    merchant_id, request_id, code, act, subject, shown, location_id, device_id, requested_by, form_key_id, form_cipher, made_at,
    expires_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT DO NOTHING
RETURNING request_id

-- name: find_till_request
-- What was asked for at a till under an id.
SELECT merchant_id, request_id, code, act, subject, shown, location_id, device_id, requested_by, form_key_id, form_cipher,
    made_at, expires_at, decided_at, decided_by, decision
FROM till_requests WHERE merchant_id = $1 AND request_id = $2

-- name: lock_till_request
-- The same, kept from being decided by anybody else until the transaction ends.
SELECT merchant_id, request_id, code, act, subject, shown, location_id, device_id, requested_by, form_key_id, form_cipher,
    made_at, expires_at, decided_at, decided_by, decision
FROM till_requests WHERE merchant_id = $1 AND request_id = $2 FOR UPDATE

-- name: till_requests
-- What was asked for at the tills of a merchant lately, without what was typed there.
SELECT merchant_id, request_id, code, act, subject, shown, location_id, device_id, requested_by, NULL AS form_key_id,
    NULL::bytea AS form_cipher, made_at, expires_at, decided_at, decided_by, decision
FROM till_requests WHERE merchant_id = $1 AND made_at > $2
ORDER BY made_at DESC, request_id DESC
LIMIT 100

-- name: count_waiting_at_tills
-- How many wait at tills that others than one person stand at.
SELECT count(*) FROM till_requests WHERE merchant_id = $1 AND decided_at IS NULL AND expires_at > $3 AND requested_by <> $2

-- name: decide_till_request
-- Write what came of it, once.
UPDATE till_requests SET decided_at = $3, decided_by = $4, decision = $5
WHERE merchant_id = $1 AND request_id = $2 AND decided_at IS NULL

-- name: withdraw_till_requests_of
-- Whoever asked works here no more.
UPDATE till_requests SET decided_at = $3, decision = 'withdrawn', form_key_id = NULL, form_cipher = NULL
WHERE merchant_id = $1 AND requested_by = $2 AND decided_at IS NULL

-- name: forget_till_forms
-- What was typed is needed until it is done, and no longer.
UPDATE till_requests SET form_key_id = NULL, form_cipher = NULL
WHERE merchant_id = $1 AND made_at < $2 AND form_cipher IS NOT NULL
RETURNING request_id

-- name: insert_owner_request
-- One owner waits for the word of another; the same form again is the first.
INSERT INTO owner_requests (
    merchant_id, request_id, act, change, secret_key_id, secret_cipher, reason, requested_by, made_at, expires_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT DO NOTHING
RETURNING request_id

-- name: find_owner_request
-- What an owner asked for under an id.
SELECT merchant_id, request_id, change, secret_key_id, secret_cipher, reason, requested_by, made_at, expires_at, decided_at,
    decided_by, decision, outcome, by_one
FROM owner_requests WHERE merchant_id = $1 AND request_id = $2

-- name: lock_owner_request
-- The same, kept from being decided by anybody else until the transaction ends.
SELECT merchant_id, request_id, change, secret_key_id, secret_cipher, reason, requested_by, made_at, expires_at, decided_at,
    decided_by, decision, outcome, by_one
FROM owner_requests WHERE merchant_id = $1 AND request_id = $2 FOR UPDATE

-- name: owner_requests
-- What owners asked for: what waits first, then what was decided last, without what was typed as a secret.
SELECT merchant_id, request_id, change, NULL AS secret_key_id, NULL::bytea AS secret_cipher, reason, requested_by, made_at,
    expires_at, decided_at, decided_by, decision, outcome, by_one
FROM owner_requests WHERE merchant_id = $1
ORDER BY decided_at DESC NULLS FIRST, made_at
LIMIT 50

-- name: count_waiting_for_owners
-- How many wait that others than one person asked for.
SELECT count(*) FROM owner_requests WHERE merchant_id = $1 AND decided_at IS NULL AND expires_at > $3 AND requested_by <> $2

-- name: decide_owner_request
-- Write what came of it, once; what came to nothing needs no secret.
UPDATE owner_requests SET decided_at = $3, decided_by = $4, decision = $5, by_one = $6,
    secret_key_id = CASE WHEN $5 = 'approved' THEN secret_key_id END,
    secret_cipher = CASE WHEN $5 = 'approved' THEN secret_cipher END
WHERE merchant_id = $1 AND request_id = $2 AND decided_at IS NULL

-- name: end_owner_request
-- What came of doing it; the secret is where it belongs, or nowhere.
UPDATE owner_requests SET outcome = $3, secret_key_id = NULL, secret_cipher = NULL WHERE merchant_id = $1 AND request_id = $2

-- name: merchants_with_lapsed_secrets
-- Whose owners typed a secret that waited in vain.
SELECT DISTINCT merchant_id FROM owner_requests WHERE decided_at IS NULL AND secret_key_id IS NOT NULL AND expires_at <= $1

-- name: forget_lapsed_secrets
-- What was typed for requests that nobody decided in time is kept no longer.
UPDATE owner_requests SET secret_key_id = NULL, secret_cipher = NULL
WHERE merchant_id = $1 AND decided_at IS NULL AND secret_key_id IS NOT NULL AND expires_at <= $2

-- name: withdraw_owner_requests_of
-- Whoever asked is no owner any more.
UPDATE owner_requests SET decided_at = $3, decision = 'withdrawn', secret_key_id = NULL, secret_cipher = NULL
WHERE merchant_id = $1 AND requested_by = $2 AND decided_at IS NULL
