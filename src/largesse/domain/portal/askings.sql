-- name: insert_asking
-- What somebody asks for; nothing where its id is known.
INSERT INTO partner_askings (merchant_id, asking_id, partner_id, organisation, name, email, question, language, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT DO NOTHING

-- name: open_askings
-- What waits for an answer, the oldest first.
SELECT merchant_id, asking_id, partner_id, organisation, name, email, question, language, made_at, answered_at, answered_by, answer
FROM partner_askings WHERE merchant_id = $1 AND answered_at IS NULL
ORDER BY made_at, asking_id
LIMIT $2

-- name: count_askings
-- How many wait.
SELECT count(*) FROM partner_askings WHERE merchant_id = $1 AND answered_at IS NULL

-- name: count_askings_of
-- How much somebody of an address has asked since a moment, for a partner or for none.
SELECT count(*) FROM partner_askings
WHERE merchant_id = $1 AND lower(email) = lower($2) AND partner_id IS NOT DISTINCT FROM $3 AND made_at > $4

-- name: find_asking
-- What was asked for under an id.
SELECT merchant_id, asking_id, partner_id, organisation, name, email, question, language, made_at, answered_at, answered_by, answer
FROM partner_askings WHERE merchant_id = $1 AND asking_id = $2

-- name: lock_asking
-- What was asked for under an id, kept to this transaction.
SELECT merchant_id, asking_id, partner_id, organisation, name, email, question, language, made_at, answered_at, answered_by, answer
FROM partner_askings WHERE merchant_id = $1 AND asking_id = $2
FOR UPDATE

-- name: answer_asking
-- What somebody of the merchant answered.
UPDATE partner_askings SET answered_at = $3, answered_by = $4, answer = $5 WHERE merchant_id = $1 AND asking_id = $2

-- name: erase_askings
-- Delete what somebody asked for, by their address in small letters.
DELETE FROM partner_askings WHERE merchant_id = $1 AND lower(email) = $2

-- name: forget_askings
-- Delete some of what was answered before a moment.
DELETE FROM partner_askings WHERE merchant_id = $1 AND asking_id IN (
    SELECT asking_id FROM partner_askings WHERE merchant_id = $1 AND answered_at < $2 ORDER BY asking_id LIMIT $3
)
