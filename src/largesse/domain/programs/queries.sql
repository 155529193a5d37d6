-- name: insert_key
-- A new key.
INSERT INTO program_keys (merchant_id, key_id, program_id, digest, hint, name, live, scopes, made_by, made_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: insert_route
-- Lead from a key to its merchant.
INSERT INTO routes (kind, key, merchant_id) VALUES ('program_key', $1, $2)

-- name: route_of
-- The merchant that a key belongs to.
SELECT merchant_id FROM routes WHERE kind = 'program_key' AND key = $1

-- name: admit
-- The key of a digest that works at $3.
SELECT merchant_id, key_id, program_id, hint, name, live, scopes, made_by, made_at, expires_at, replaced_at, revoked_at, last_used_at
FROM program_keys
WHERE merchant_id = $1 AND digest = $2 AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > $3)

-- name: keys_of
-- A merchant's keys, the newest first.
SELECT merchant_id, key_id, program_id, hint, name, live, scopes, made_by, made_at, expires_at, replaced_at, revoked_at, last_used_at
FROM program_keys
WHERE merchant_id = $1
ORDER BY made_at DESC, key_id DESC

-- name: lock_keys
-- The same, kept as they are until the transaction ends.
SELECT merchant_id, key_id, program_id, hint, name, live, scopes, made_by, made_at, expires_at, replaced_at, revoked_at, last_used_at
FROM program_keys
WHERE merchant_id = $1
ORDER BY key_id
FOR UPDATE

-- name: update_key
-- How long a key works from now on.
UPDATE program_keys SET expires_at = $3, replaced_at = $4, revoked_at = $5 WHERE merchant_id = $1 AND key_id = $2

-- name: note_use
-- That a key was used, once a minute at most.
UPDATE program_keys SET last_used_at = $3
WHERE merchant_id = $1 AND key_id = $2 AND (last_used_at IS NULL OR last_used_at < $4)

-- name: last_use
-- When a key of a merchant was used or made last.
SELECT max(greatest(made_at, last_used_at)) FROM program_keys WHERE merchant_id = $1

-- name: revoke_keys_of
-- End every key that somebody made.
UPDATE program_keys SET revoked_at = $3 WHERE merchant_id = $1 AND made_by = $2 AND revoked_at IS NULL

-- name: tell_use
-- What programs did in one process since it told last.
INSERT INTO program_rates (merchant_id, program_id, kind, process_id, used, told_at)
SELECT given.merchant_id, given.program_id, given.kind, $4::uuid, given.used, $6::timestamptz
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $5::integer[]) AS given (merchant_id, program_id, kind, used)
ON CONFLICT (merchant_id, program_id, kind, process_id) DO UPDATE SET used = excluded.used, told_at = excluded.told_at

-- name: used_elsewhere
-- What the same programs did in other processes a moment ago.
SELECT merchant_id, program_id, kind, sum(used) AS used
FROM program_rates
WHERE (merchant_id, program_id, kind) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[]))
    AND process_id <> $4 AND told_at > $5
GROUP BY merchant_id, program_id, kind

-- name: forget_use
-- What processes told long ago: they may be gone.
DELETE FROM program_rates
WHERE (merchant_id, program_id, kind) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[])) AND told_at < $4

-- name: claim_request
-- Claim a request that nobody has made.
INSERT INTO program_requests (merchant_id, request_id, fingerprint, claim, claimed_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (merchant_id, request_id) DO NOTHING
RETURNING request_id

-- name: lock_request
-- A request as it stands, until the transaction ends.
SELECT merchant_id, request_id, fingerprint, claim, claimed_at, resource_id, answer_key_id, answer_cipher
FROM program_requests
WHERE merchant_id = $1 AND request_id = $2
FOR UPDATE

-- name: take_over_request
-- Claim a request that whoever claimed it has left, or that is too old to be told again.
UPDATE program_requests
SET fingerprint = $3, claim = $4, claimed_at = $5, resource_id = NULL, answer_key_id = NULL, answer_cipher = NULL
WHERE merchant_id = $1 AND request_id = $2

-- name: answer_request
-- What came of a request, by whoever still has it.
UPDATE program_requests SET resource_id = $4, answer_key_id = $5, answer_cipher = $6
WHERE merchant_id = $1 AND request_id = $2 AND claim = $3

-- name: release_request
-- Let go of a request that was refused: it is decided anew.
DELETE FROM program_requests WHERE merchant_id = $1 AND request_id = $2 AND claim = $3 AND answer_cipher IS NULL

-- name: resource_of_request
-- What a request was about.
SELECT resource_id FROM program_requests WHERE merchant_id = $1 AND request_id = $2

-- name: merchants_with_old_requests
-- Whose requests are too old to be told again.
SELECT DISTINCT merchant_id FROM program_requests WHERE claimed_at < $1

-- name: forget_requests
-- Delete some that are too old to be told again.
DELETE FROM program_requests
WHERE merchant_id = $1 AND request_id IN (
    SELECT request_id FROM program_requests WHERE merchant_id = $1 AND claimed_at < $2 LIMIT $3
)

-- name: holds_answers
-- Whether there is any sealed answer.
SELECT EXISTS (SELECT 1 FROM program_requests WHERE answer_cipher IS NOT NULL)

-- name: answers_by_key
-- How many answers are sealed under each key.
SELECT answer_key_id AS key_id, count(*) AS sealed FROM program_requests WHERE answer_cipher IS NOT NULL GROUP BY answer_key_id

-- name: lock_answers
-- The next answers that are not under a key.
SELECT merchant_id, request_id, answer_key_id, answer_cipher FROM program_requests
WHERE (merchant_id, request_id) > ($1, $2) AND answer_key_id <> $3
ORDER BY merchant_id, request_id
LIMIT $4
FOR UPDATE

-- name: replace_answer
-- Put an answer under another key.
UPDATE program_requests SET answer_key_id = $3, answer_cipher = $4 WHERE merchant_id = $1 AND request_id = $2

-- name: find_call
-- One request of a program.
SELECT merchant_id, call_id, called_at, request_id, program_id, program, live, method, path, status, code, duration_ms, body_bytes, body, faults
FROM program_calls
WHERE merchant_id = $1 AND call_id = $2

-- name: calls_of_request
-- The requests that came with an id, the newest first.
SELECT merchant_id, call_id, called_at, request_id, program_id, program, live, method, path, status, code, duration_ms, body_bytes, body, faults
FROM program_calls
WHERE merchant_id = $1 AND request_id = $2
ORDER BY call_id DESC
LIMIT $3

-- name: last_calls
-- The newest requests.
SELECT merchant_id, call_id, called_at, request_id, program_id, program, live, method, path, status, code, duration_ms, body_bytes, body, faults
FROM program_calls
WHERE merchant_id = $1
ORDER BY call_id DESC
LIMIT $2

-- name: merchants_with_keys
-- Who has programs.
SELECT DISTINCT merchant_id FROM program_keys

-- name: forget_calls
-- Delete some of the oldest requests.
DELETE FROM program_calls
WHERE merchant_id = $1 AND call_id IN (
    SELECT call_id FROM program_calls WHERE merchant_id = $1 AND call_id < $2 ORDER BY call_id LIMIT $3
)
