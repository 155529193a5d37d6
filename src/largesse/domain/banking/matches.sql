-- name: insert_payment
-- What a partner paid; nothing where one of that id stands.
INSERT INTO partner_payments (merchant_id, payment_id, partner_id, currency, amount, bank_currency, bank_amount, received_on, source,
    subject_id, line_id, reference, made_by, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT DO NOTHING

-- name: lock_payment
-- One payment of a partner, locked.
SELECT * FROM partner_payments
WHERE merchant_id = $1 AND payment_id = $2
FOR UPDATE

-- name: payments_of
-- Payments of a merchant's partners, or of one, the newest first; with $4 only those that stand.
SELECT * FROM partner_payments
WHERE merchant_id = $1 AND ($2::uuid IS NULL OR partner_id = $2) AND (NOT $4::boolean OR undone_at IS NULL)
ORDER BY received_on DESC, payment_id DESC
LIMIT $3

-- name: undo_payment
-- A payment does not stand any more.
UPDATE partner_payments SET undone_by = $3, undone_at = $4
WHERE merchant_id = $1 AND payment_id = $2 AND undone_at IS NULL

-- name: insert_match
-- What a part of a line is for.
INSERT INTO bank_matches (merchant_id, match_id, line_id, what, target_kind, target_id, amount, reason, made_by, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: find_match
-- One match.
SELECT * FROM bank_matches
WHERE merchant_id = $1 AND match_id = $2

-- name: matches_of_line
-- What was said of a line, the oldest first.
SELECT * FROM bank_matches
WHERE merchant_id = $1 AND line_id = $2
ORDER BY made_at, match_id

-- name: undo_match
-- A match does not stand any more.
UPDATE bank_matches SET undone_by = $3, undone_at = $4
WHERE merchant_id = $1 AND match_id = $2 AND undone_at IS NULL

-- name: known_payers
-- Account numbers that partners have paid from: those that stand for one partner alone.
SELECT l.iban, min(p.partner_id::text)::uuid AS partner_id
FROM partner_payments p
JOIN bank_lines l USING (merchant_id, line_id)
WHERE p.merchant_id = $1 AND p.undone_at IS NULL AND l.iban <> ''
GROUP BY l.iban
HAVING count(DISTINCT p.partner_id) = 1

-- name: is_booked_by_line
-- Whether a line stands for an operation that had booked the bank itself.
SELECT EXISTS (SELECT 1 FROM bank_matches WHERE merchant_id = $1 AND target_id = $2 AND what = 'booked' AND undone_at IS NULL)
