-- name: insert_member
-- That somebody acts for a partner; nothing where they do.
INSERT INTO partner_members (merchant_id, membership_id, partner_id, person_id, role, invited_by, made_at, agent, address)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING
RETURNING membership_id

-- name: members_of_partner
-- Who acts for a partner, by when they came.
SELECT merchant_id, membership_id, partner_id, person_id, role, invited_by, made_at, agent, address, ended_at
FROM partner_members
WHERE merchant_id = $1 AND partner_id = $2 AND ended_at IS NULL
ORDER BY made_at, membership_id

-- name: members_of_person
-- For which partners somebody acts.
SELECT merchant_id, membership_id, partner_id, person_id, role, invited_by, made_at, agent, address, ended_at
FROM partner_members
WHERE person_id = $1 AND ended_at IS NULL
ORDER BY made_at, membership_id

-- name: set_member_role
-- Another role for somebody who acts for a partner.
UPDATE partner_members SET role = $3 WHERE merchant_id = $1 AND membership_id = $2 AND ended_at IS NULL

-- name: end_member
-- Somebody acts for a partner no more.
UPDATE partner_members SET ended_at = $3 WHERE merchant_id = $1 AND membership_id = $2 AND ended_at IS NULL

-- name: insert_partner_invitation
-- An invitation; what was open to the same address was withdrawn before.
INSERT INTO partner_invitations (merchant_id, invitation_id, partner_id, email, email_key, role, language, invited_by, made_at, expires_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: withdraw_partner_invitations
-- What is open to an address counts no more.
UPDATE partner_invitations SET withdrawn_at = $4
WHERE merchant_id = $1 AND partner_id = $2 AND email_key = $3 AND accepted_at IS NULL AND withdrawn_at IS NULL

-- name: partner_invitation_of
-- The invitation of an id.
SELECT merchant_id, invitation_id, partner_id, email, role, language, invited_by, made_at, expires_at, accepted_at, withdrawn_at
FROM partner_invitations WHERE merchant_id = $1 AND invitation_id = $2

-- name: open_partner_invitations
-- What may still be accepted of a partner, the newest first.
SELECT merchant_id, invitation_id, partner_id, email, role, language, invited_by, made_at, expires_at, accepted_at, withdrawn_at
FROM partner_invitations
WHERE merchant_id = $1 AND partner_id = $2 AND accepted_at IS NULL AND withdrawn_at IS NULL AND expires_at > $3
ORDER BY made_at DESC, invitation_id

-- name: accept_partner_invitation
-- Spend an invitation, once.
UPDATE partner_invitations SET accepted_at = $3
WHERE merchant_id = $1 AND invitation_id = $2 AND accepted_at IS NULL AND withdrawn_at IS NULL AND expires_at > $3
RETURNING merchant_id, invitation_id, partner_id, email, role, language, invited_by, made_at, expires_at, accepted_at, withdrawn_at

-- name: insert_batch
-- A batch; nothing where its id is known.
INSERT INTO partner_batches (merchant_id, batch_id, partner_id, membership_id, person_id, state, delivery, refcode, currency, total,
    lines, file_name, fingerprint, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT DO NOTHING
RETURNING batch_id

-- name: insert_batch_lines
-- Lines of a batch, many at once.
INSERT INTO partner_batch_lines (merchant_id, batch_id, place, line, identifier, amount, good_through, recipient_name, recipient_email,
    message)
SELECT $1, $2, * FROM unnest($3::integer[], $4::integer[], $5::text[], $6::bigint[], $7::date[], $8::text[], $9::text[], $10::text[])

-- name: find_batch
-- The batch of an id.
SELECT merchant_id, batch_id, partner_id, membership_id, person_id, state, delivery, refcode, currency, total, lines, done, file_name,
    fingerprint, made_at, decided_by, decided_at, reason, trouble, finished_at, numbers_at, numbers_by
FROM partner_batches WHERE merchant_id = $1 AND batch_id = $2

-- name: lock_batch
-- The batch of an id, kept to this transaction.
SELECT merchant_id, batch_id, partner_id, membership_id, person_id, state, delivery, refcode, currency, total, lines, done, file_name,
    fingerprint, made_at, decided_by, decided_at, reason, trouble, finished_at, numbers_at, numbers_by
FROM partner_batches WHERE merchant_id = $1 AND batch_id = $2
FOR UPDATE

-- name: latest_batches
-- What was ordered for a partner lately, of all states or of one.
SELECT merchant_id, batch_id, partner_id, membership_id, person_id, state, delivery, refcode, currency, total, lines, done, file_name,
    fingerprint, made_at, decided_by, decided_at, reason, trouble, finished_at, numbers_at, numbers_by
FROM partner_batches
WHERE merchant_id = $1 AND partner_id = $2 AND ($3::text IS NULL OR state = $3)
ORDER BY made_at DESC, batch_id DESC
LIMIT $4

-- name: merchants_placing
-- Whose batches are being placed.
SELECT DISTINCT merchant_id FROM partner_batches WHERE state = 'placing'

-- name: batches_placing
-- What is being placed for a merchant, the oldest first.
SELECT batch_id FROM partner_batches WHERE merchant_id = $1 AND state = 'placing' ORDER BY made_at, batch_id

-- name: batch_lines
-- Lines of a batch behind a place.
SELECT place, line, identifier, amount, good_through, recipient_name, recipient_email, message, order_id
FROM partner_batch_lines
WHERE merchant_id = $1 AND batch_id = $2 AND place > $3
ORDER BY place
LIMIT $4

-- name: earliest_last_day
-- The first last day among the lines of a batch behind a place.
SELECT min(good_through) FROM partner_batch_lines WHERE merchant_id = $1 AND batch_id = $2 AND place > $3

-- name: put_batch_orders
-- What lines of a batch became.
UPDATE partner_batch_lines AS l SET order_id = made.order_id
FROM unnest($3::integer[], $4::uuid[]) AS made (place, order_id)
WHERE l.merchant_id = $1 AND l.batch_id = $2 AND l.place = made.place

-- name: put_batch
-- How a batch stands.
UPDATE partner_batches
SET state = $3, done = $4, decided_by = $5, decided_at = $6, reason = $7, trouble = $8, finished_at = $9
WHERE merchant_id = $1 AND batch_id = $2

-- name: take_numbers
-- The numbers of a batch are downloaded, which happens once.
UPDATE partner_batches SET numbers_at = $4, numbers_by = $3
WHERE merchant_id = $1 AND batch_id = $2 AND delivery = 'file' AND (state = 'done' OR (state = 'withdrawn' AND done > 0)) AND numbers_at IS NULL
