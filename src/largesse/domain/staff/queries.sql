-- name: insert_entry
-- One more line of the audit log; nothing where one of its operation stands.
INSERT INTO audit_log (merchant_id, audit_id, actor, action, subject, reason, recorded_at, reason_code, operation_id)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (merchant_id, operation_id) WHERE operation_id IS NOT NULL DO NOTHING
RETURNING audit_id

-- name: find_entry
-- The line of the audit log that an operation wrote.
SELECT merchant_id, audit_id, actor, action, subject, reason, recorded_at, reason_code, operation_id
FROM audit_log
WHERE merchant_id = $1 AND operation_id = $2

-- name: entries_about
-- What was done to a subject, the newest first.
SELECT merchant_id, audit_id, actor, action, subject, reason, recorded_at, reason_code, operation_id
FROM audit_log
WHERE merchant_id = $1 AND subject = $2
ORDER BY audit_id DESC
LIMIT $3

-- name: latest_entries
-- What was done for a merchant, the newest first.
SELECT merchant_id, audit_id, actor, action, subject, reason, recorded_at, reason_code, operation_id
FROM audit_log
WHERE merchant_id = $1
ORDER BY audit_id DESC
LIMIT $2

-- name: insert_person
-- A new person; nothing where somebody has the address.
INSERT INTO persons (person_id, email, email_key, name, language, made_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (email_key) DO NOTHING
RETURNING person_id

-- name: person_of_email
-- Who signs in with an address.
SELECT person_id, email, name, language, made_at, recovered_at FROM persons WHERE email_key = $1

-- name: person_of_id
-- The person of an id.
SELECT person_id, email, name, language, made_at, recovered_at FROM persons WHERE person_id = $1

-- name: persons_of_ids
-- The persons of some ids.
SELECT person_id, email, name, language, made_at, recovered_at FROM persons WHERE person_id = ANY($1::uuid[])

-- name: secrets_of
-- What a person signs in with.
SELECT person_id, password_hash, totp_cipher, totp_key_id FROM persons WHERE person_id = $1

-- name: sign_in_row
-- Who signs in with an address, and the hash of the password: one statement, also where there is nobody.
SELECT person_id, email, name, language, made_at, recovered_at, password_hash FROM persons WHERE email_key = $1

-- name: write_reset_request
-- Somebody asked for another password, whoever that is.
INSERT INTO reset_requests (request_id, email, made_at) VALUES ($1, $2, $3)

-- name: take_reset_requests
-- Take the requests that wait longest, at most so many.
DELETE FROM reset_requests
WHERE request_id IN (SELECT request_id FROM reset_requests ORDER BY request_id LIMIT $1 FOR UPDATE SKIP LOCKED)
RETURNING email, made_at

-- name: set_language
-- The language that a person reads.
UPDATE persons SET language = $2 WHERE person_id = $1

-- name: set_password
-- Another password.
UPDATE persons SET password_hash = $2 WHERE person_id = $1

-- name: set_totp
-- Another authenticator, of which a first code was used.
UPDATE persons SET totp_cipher = $2, totp_key_id = $3, totp_step = $4 WHERE person_id = $1

-- name: use_totp_step
-- Take a code's half minute: neither it nor one before it counts again.
UPDATE persons SET totp_step = $2 WHERE person_id = $1 AND totp_cipher IS NOT NULL AND (totp_step IS NULL OR totp_step < $2)

-- name: set_recovered
-- When the operator last let somebody in.
UPDATE persons SET recovered_at = $2 WHERE person_id = $1

-- name: holds_totp
-- Whether any authenticator is known.
SELECT EXISTS (SELECT 1 FROM persons WHERE totp_cipher IS NOT NULL)

-- name: count_totp_by_key
-- How many secrets of authenticators are sealed under each key.
SELECT totp_key_id AS key_id, count(*) AS sealed FROM persons WHERE totp_cipher IS NOT NULL GROUP BY totp_key_id

-- name: lock_totp_batch
-- The next persons after one whose authenticator's secret is not under a key, by id.
SELECT person_id, password_hash, totp_cipher, totp_key_id FROM persons
WHERE person_id > $1 AND totp_cipher IS NOT NULL AND totp_key_id <> $2
ORDER BY person_id
LIMIT $3
FOR UPDATE

-- name: replace_totp_seal
-- The same secret, sealed anew.
UPDATE persons SET totp_cipher = $2, totp_key_id = $3 WHERE person_id = $1

-- name: forget_recovery_codes
-- No recovery code of before counts any more.
DELETE FROM recovery_codes WHERE person_id = $1

-- name: insert_recovery_codes
-- Fresh recovery codes of a person.
INSERT INTO recovery_codes (person_id, digest) SELECT $1, digest FROM unnest($2::bytea[]) AS fresh (digest)

-- name: use_recovery_code
-- Take a recovery code; it counts once.
UPDATE recovery_codes SET used_at = $3 WHERE person_id = $1 AND digest = $2 AND used_at IS NULL

-- name: recovery_codes_left
-- How many recovery codes a person has left.
SELECT count(*) FROM recovery_codes WHERE person_id = $1 AND used_at IS NULL

-- name: insert_session
-- A session that begins.
INSERT INTO staff_sessions (session_id, person_id, digest, made_at, seen_at, agent, address)
VALUES ($1, $2, $3, $4, $4, $5, $6)

-- name: session_of
-- The session of a token, or of the token before it for a short while.
SELECT session_id, person_id, made_at, seen_at, signed_in_at, confirmed_for, confirmed_at, agent, address, ended_at
FROM staff_sessions
WHERE digest = $1 OR (previous_digest = $1 AND previous_until > $2)

-- name: sign_in_session
-- The second factor was given: another token, and the one before counts no more.
UPDATE staff_sessions SET digest = $2, previous_digest = NULL, previous_until = NULL, signed_in_at = $3, seen_at = $3
WHERE session_id = $1 AND signed_in_at IS NULL AND ended_at IS NULL

-- name: confirm_session
-- Its person showed who they are, for one merchant: another token, and the one before counts a little longer.
UPDATE staff_sessions
SET previous_digest = digest, previous_until = $4, digest = $2, confirmed_for = $5, confirmed_at = $3, seen_at = $3
WHERE session_id = $1 AND signed_in_at IS NOT NULL AND ended_at IS NULL

-- name: see_session
-- When a session was last used, unless that is known since a moment, and where.
UPDATE staff_sessions SET seen_at = $2, address = $4 WHERE session_id = $1 AND seen_at < $3 AND ended_at IS NULL

-- name: end_session
-- End a session of a person.
UPDATE staff_sessions SET ended_at = $3 WHERE person_id = $1 AND session_id = $2 AND ended_at IS NULL

-- name: end_sessions
-- End every session of a person but one.
UPDATE staff_sessions SET ended_at = $3
WHERE person_id = $1 AND session_id IS DISTINCT FROM $2::uuid AND ended_at IS NULL

-- name: sessions_of
-- The sessions of a person in which they signed in and that have not ended, the last used first.
SELECT session_id, person_id, made_at, seen_at, signed_in_at, confirmed_for, confirmed_at, agent, address, ended_at
FROM staff_sessions
WHERE person_id = $1 AND ended_at IS NULL AND signed_in_at IS NOT NULL
ORDER BY seen_at DESC

-- name: has_signed_in_with
-- Whether a person has ever signed in with such a browser.
SELECT EXISTS (SELECT 1 FROM staff_sessions WHERE person_id = $1 AND agent = $2 AND signed_in_at IS NOT NULL AND session_id <> $3)

-- name: forget_sessions
-- Delete sessions that nobody can use any more since a moment, at most so many.
DELETE FROM staff_sessions
WHERE session_id IN (SELECT session_id FROM staff_sessions WHERE seen_at < $1 ORDER BY seen_at LIMIT $2 FOR UPDATE SKIP LOCKED)
RETURNING session_id

-- name: insert_link
-- A link for a person.
INSERT INTO staff_links (link_id, person_id, purpose, made_at, expires_at) VALUES ($1, $2, $3, $4, $5)

-- name: link_of
-- The link of an id.
SELECT link_id, person_id, purpose, made_at, expires_at, spent_at FROM staff_links WHERE link_id = $1

-- name: spend_link
-- Take a link; it counts once.
UPDATE staff_links SET spent_at = $2 WHERE link_id = $1 AND spent_at IS NULL AND expires_at > $2
RETURNING link_id, person_id, purpose, made_at, expires_at, spent_at

-- name: close_links
-- No other link of a person counts any more.
UPDATE staff_links SET spent_at = $2 WHERE person_id = $1 AND spent_at IS NULL

-- name: insert_membership
-- A person begins to work for a merchant; nothing where they do.
INSERT INTO memberships (merchant_id, membership_id, person_id, role, invited_by, made_at, agent, address, confirmed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (merchant_id, person_id) WHERE ended_at IS NULL DO NOTHING
RETURNING membership_id

-- name: memberships_of
-- Who works for a merchant, and who has, the newest first.
SELECT merchant_id, membership_id, person_id, role, invited_by, made_at, agent, address, confirmed_at, ended_at
FROM memberships
WHERE merchant_id = $1
ORDER BY ended_at DESC NULLS FIRST, membership_id

-- name: memberships_of_person
-- For whom a person works.
SELECT merchant_id, membership_id, person_id, role, invited_by, made_at, agent, address, confirmed_at, ended_at
FROM memberships
WHERE person_id = $1 AND ended_at IS NULL
ORDER BY membership_id

-- name: membership_with
-- What a person is to a merchant.
SELECT merchant_id, membership_id, person_id, role, invited_by, made_at, agent, address, confirmed_at, ended_at
FROM memberships
WHERE merchant_id = $1 AND person_id = $2 AND ended_at IS NULL

-- name: lock_owners
-- The owners of a merchant, so that no two of them leave at once.
SELECT membership_id, person_id FROM memberships
WHERE merchant_id = $1 AND role = 'owner' AND confirmed_at IS NOT NULL AND ended_at IS NULL
ORDER BY membership_id
FOR UPDATE

-- name: confirm_membership
-- Let a membership count that waits.
UPDATE memberships SET confirmed_at = $3
WHERE merchant_id = $1 AND membership_id = $2 AND confirmed_at IS NULL AND ended_at IS NULL

-- name: set_role
-- Another role of a person who works for a merchant.
UPDATE memberships SET role = $3 WHERE merchant_id = $1 AND membership_id = $2 AND ended_at IS NULL

-- name: end_membership
-- A person works for a merchant no more.
UPDATE memberships SET ended_at = $3 WHERE merchant_id = $1 AND membership_id = $2 AND ended_at IS NULL

-- name: insert_invitation
-- An invitation.
INSERT INTO invitations (merchant_id, invitation_id, email, email_key, role, language, invited_by, made_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: withdraw_invitations
-- No open invitation of a merchant to an address counts any more.
UPDATE invitations SET withdrawn_at = $3
WHERE merchant_id = $1 AND email_key = $2 AND accepted_at IS NULL AND withdrawn_at IS NULL

-- name: withdraw_invitations_by
-- No open invitation that a person made for a merchant counts any more.
UPDATE invitations SET withdrawn_at = $3
WHERE merchant_id = $1 AND invited_by = $2 AND accepted_at IS NULL AND withdrawn_at IS NULL

-- name: invitation_of
-- The invitation of an id.
SELECT merchant_id, invitation_id, email, role, language, invited_by, made_at, expires_at, accepted_at, withdrawn_at
FROM invitations
WHERE merchant_id = $1 AND invitation_id = $2

-- name: open_invitations
-- The invitations of a merchant that may be accepted, the newest first.
SELECT merchant_id, invitation_id, email, role, language, invited_by, made_at, expires_at, accepted_at, withdrawn_at
FROM invitations
WHERE merchant_id = $1 AND accepted_at IS NULL AND withdrawn_at IS NULL AND expires_at > $2
ORDER BY invitation_id DESC

-- name: accept_invitation
-- Take an invitation; it counts once.
UPDATE invitations SET accepted_at = $3
WHERE merchant_id = $1 AND invitation_id = $2 AND accepted_at IS NULL AND withdrawn_at IS NULL AND expires_at > $3
RETURNING merchant_id, invitation_id, email, role, language, invited_by, made_at, expires_at, accepted_at, withdrawn_at

-- name: insert_passkey
-- A new passkey of a person; nothing where it is known.
INSERT INTO passkeys (credential_id, person_id, rp_id, public_key, sign_count, name, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (credential_id) DO NOTHING
RETURNING person_id

-- name: passkey_of
-- The passkey of an id.
SELECT credential_id, person_id, rp_id, public_key, sign_count, name, made_at, used_at FROM passkeys WHERE credential_id = $1

-- name: passkeys_of
-- The passkeys of a person, the oldest first.
SELECT credential_id, person_id, rp_id, public_key, sign_count, name, made_at, used_at
FROM passkeys
WHERE person_id = $1
ORDER BY made_at, credential_id

-- name: use_passkey
-- Note that a passkey was used, and how often it says it was; none that counts backwards.
UPDATE passkeys SET sign_count = $2, used_at = $3
WHERE credential_id = $1 AND (sign_count < $2 OR (sign_count = 0 AND $2 = 0))

-- name: remove_passkey
-- Remove a passkey of a person.
DELETE FROM passkeys WHERE person_id = $1 AND credential_id = $2

-- name: remove_passkeys
-- Remove every passkey of a person.
DELETE FROM passkeys WHERE person_id = $1

-- name: passkeys_elsewhere
-- How many passkeys were made for another relying party.
SELECT count(*) FROM passkeys WHERE rp_id <> $1

-- name: spend_challenge
-- Take a challenge; it counts once.
INSERT INTO spent_challenges (digest, spent_at) VALUES ($1, $2) ON CONFLICT (digest) DO NOTHING RETURNING digest

-- name: forget_challenges
-- Delete challenges that would not count any more.
DELETE FROM spent_challenges WHERE spent_at < $1
