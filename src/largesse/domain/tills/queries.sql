-- name: pin_of
-- The PIN of a membership.
SELECT merchant_id, membership_id, pin_hash, coalesce(digits, 0) AS digits, set_at
FROM pins WHERE merchant_id = $1 AND membership_id = $2

-- name: pins_of
-- Who of a merchant has a PIN, and how long each is; the hashes stay where they are.
SELECT merchant_id, membership_id, NULL AS pin_hash, digits, set_at
FROM pins WHERE merchant_id = $1 AND pin_hash IS NOT NULL

-- name: set_pin
-- Another PIN; a code with which one could be set counts no more.
INSERT INTO pins (merchant_id, membership_id, pin_hash, digits, set_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (merchant_id, membership_id) DO UPDATE
SET pin_hash = excluded.pin_hash, digits = excluded.digits, set_at = excluded.set_at, code_digest = NULL, code_expires_at = NULL

-- name: set_pin_by_code
-- The same for who brings the code, which is spent with it.
UPDATE pins
SET pin_hash = $4, digits = $5, set_at = $6, code_digest = NULL, code_expires_at = NULL
WHERE merchant_id = $1 AND membership_id = $2 AND code_digest = $3 AND code_expires_at > $6

-- name: set_pin_code
-- A code with which a PIN is set; the one before counts no more. The PIN goes on counting until then.
INSERT INTO pins (merchant_id, membership_id, code_digest, code_expires_at)
VALUES ($1, $2, $3, $4)
ON CONFLICT (merchant_id, membership_id) DO UPDATE SET code_digest = excluded.code_digest, code_expires_at = excluded.code_expires_at

-- name: remove_pin
-- A PIN, and the code for one, of somebody who works here no more.
DELETE FROM pins WHERE merchant_id = $1 AND membership_id = $2

-- name: insert_session
-- Somebody unlocked a device; nothing where the challenge was answered before.
INSERT INTO till_sessions (
    merchant_id, session_id, device_id, membership_id, person_id, token_digest, challenge_digest, unlocked_at, seen_at
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $8)
ON CONFLICT (merchant_id, challenge_digest) DO NOTHING
RETURNING session_id

-- name: end_sessions_on
-- End what others have open on a device at once, and what its new session follows after a moment.
UPDATE till_sessions
SET ended_at = CASE WHEN membership_id = $3 AND locked_at IS NULL THEN $5::timestamptz ELSE $4::timestamptz END
WHERE merchant_id = $1 AND device_id = $2 AND ended_at IS NULL AND session_id <> $6

-- name: end_sessions_of
-- End what somebody has open, on whatever device.
UPDATE till_sessions SET ended_at = $3
WHERE merchant_id = $1 AND membership_id = $2 AND (ended_at IS NULL OR ended_at > $3)

-- name: find_session
-- The session of a token on a device.
SELECT merchant_id, session_id, device_id, membership_id, person_id, unlocked_at, seen_at, locked_at, begun, ended_at
FROM till_sessions
WHERE merchant_id = $1 AND device_id = $2 AND token_digest = $3 AND (ended_at IS NULL OR ended_at > $4)

-- name: see_session
-- When a session was last touched.
UPDATE till_sessions SET seen_at = $3 WHERE merchant_id = $1 AND session_id = $2 AND seen_at < $3

-- name: lock_session
-- Cover a session, and keep the page that was open with what was typed; what is kept stays.
UPDATE till_sessions
SET locked_at = coalesce(locked_at, $3), begun = CASE WHEN begun = '' THEN $4 ELSE begun END,
    begun_key_id = CASE WHEN begun = '' THEN $5 ELSE begun_key_id END,
    begun_cipher = CASE WHEN begun = '' THEN $6 ELSE begun_cipher END
WHERE merchant_id = $1 AND session_id = $2 AND ended_at IS NULL

-- name: begun_of
-- What somebody left open on a device, the last of it.
SELECT begun, begun_key_id, begun_cipher FROM till_sessions
WHERE merchant_id = $1 AND device_id = $2 AND membership_id = $3 AND unlocked_at > $4 AND begun <> ''
ORDER BY unlocked_at DESC LIMIT 1

-- name: clear_begun
-- Somebody is back, and goes on with it.
UPDATE till_sessions SET begun = '', begun_key_id = NULL, begun_cipher = NULL
WHERE merchant_id = $1 AND device_id = $2 AND membership_id = $3 AND begun <> ''

-- name: put_form
-- Somebody goes on with what they had typed before the device locked.
UPDATE till_sessions SET begun_key_id = $3, begun_cipher = $4 WHERE merchant_id = $1 AND session_id = $2

-- name: form_of
-- What somebody goes on with.
SELECT begun_key_id, begun_cipher FROM till_sessions WHERE merchant_id = $1 AND session_id = $2

-- name: forget_begun
-- What was typed and not come back to.
UPDATE till_sessions SET begun_key_id = NULL, begun_cipher = NULL
WHERE merchant_id = $1 AND unlocked_at < $2 AND begun_cipher IS NOT NULL
RETURNING session_id

-- name: act_once
-- Use a session for an act where each asks for the PIN; nothing where it was used.
UPDATE till_sessions SET acted_at = $3
WHERE merchant_id = $1 AND session_id = $2 AND acted_at IS NULL AND locked_at IS NULL AND ended_at IS NULL

-- name: give_act_back
-- The act was refused: the session may be used for another.
UPDATE till_sessions SET acted_at = NULL WHERE merchant_id = $1 AND session_id = $2

-- name: forget_sessions
-- Delete sessions of a merchant that ended long ago.
DELETE FROM till_sessions WHERE merchant_id = $1 AND seen_at < $2 RETURNING session_id
