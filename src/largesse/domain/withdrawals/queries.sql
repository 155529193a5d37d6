-- name: insert_withdrawal
-- A declaration that came in; nothing where the order was withdrawn from already, or the same form came before.
INSERT INTO withdrawals (
    merchant_id, withdrawal_id, order_id, order_number, name, email, language, known_by, doubt, received_at, due_on
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT DO NOTHING
RETURNING withdrawal_id

-- name: find_withdrawal
-- The declaration of an id.
SELECT * FROM withdrawals WHERE merchant_id = $1 AND withdrawal_id = $2

-- name: lock_withdrawal
-- The same, held until the transaction ends.
SELECT * FROM withdrawals WHERE merchant_id = $1 AND withdrawal_id = $2 FOR UPDATE

-- name: withdrawal_of_order
-- The declaration that counts for an order.
SELECT * FROM withdrawals WHERE merchant_id = $1 AND order_id = $2

-- name: list_withdrawals
-- The declarations of a merchant: those that are open first, by the day on which they are due, then the newest.
SELECT * FROM withdrawals
WHERE merchant_id = $1 AND ($2::boolean OR closed_at IS NULL)
ORDER BY closed_at IS NOT NULL, CASE WHEN closed_at IS NULL THEN due_on END, received_at DESC, withdrawal_id
LIMIT $3

-- name: count_open
-- How many wait for something, and on which day the first is due.
SELECT count(*) AS waiting, min(due_on) AS due_on FROM withdrawals WHERE merchant_id = $1 AND closed_at IS NULL

-- name: mails_to
-- How many declarations gave an address since a moment: each was acknowledged there.
SELECT count(*) FROM withdrawals WHERE merchant_id = $1 AND received_at > $3 AND lower(email) = lower($2)

-- name: doubted_since
-- How many declarations named an order since a moment and were not its buyer's.
SELECT count(*) FROM withdrawals WHERE merchant_id = $1 AND received_at > $3 AND order_number = $2 AND doubt = 'not_the_buyer'

-- name: merchants_with_open
-- Who has declarations that count and are not closed.
SELECT DISTINCT merchant_id FROM withdrawals
WHERE closed_at IS NULL AND order_id IS NOT NULL AND (tried_at IS NULL OR tried_at <= $1)

-- name: take_some
-- Some that count, for whoever asks first to look at; nobody else is given them for a while.
UPDATE withdrawals SET tried_at = $2
WHERE merchant_id = $1 AND withdrawal_id IN (
    SELECT withdrawal_id FROM withdrawals
    WHERE merchant_id = $1 AND closed_at IS NULL AND order_id IS NOT NULL AND (tried_at IS NULL OR tried_at <= $3)
    ORDER BY due_on, withdrawal_id
    LIMIT $4
    FOR UPDATE SKIP LOCKED
)
RETURNING *

-- name: note_round
-- Something was booked for a declaration, as its round of that number; a second time changes nothing.
UPDATE withdrawals SET rounds = $3 + 1 WHERE merchant_id = $1 AND withdrawal_id = $2 AND rounds = $3

-- name: settle_withdrawal
-- All that was not spent is booked.
UPDATE withdrawals SET settled_at = $3, spent_price = $4, currency = $5
WHERE merchant_id = $1 AND withdrawal_id = $2 AND settled_at IS NULL

-- name: close_withdrawal
-- Nothing is left to be done.
UPDATE withdrawals SET closed_at = $3, closed_by = $4, reason = $5
WHERE merchant_id = $1 AND withdrawal_id = $2 AND closed_at IS NULL
RETURNING withdrawal_id

-- name: open_again
-- Declared anew, after somebody closed it before all was booked: the rest is to be done from now on.
UPDATE withdrawals SET received_at = $3, due_on = $4, closed_at = NULL, closed_by = '', reason = '', tried_at = NULL
WHERE merchant_id = $1 AND withdrawal_id = $2 AND closed_at IS NOT NULL AND settled_at IS NULL
RETURNING *

-- name: erase_person
-- Take a person out of what they declared; which order it was about stays.
UPDATE withdrawals SET name = '', email = ''
WHERE merchant_id = $1 AND lower(email) = $2
RETURNING withdrawal_id

-- name: forget_withdrawals
-- Delete some that count for no order and were closed before a moment.
DELETE FROM withdrawals WHERE merchant_id = $1 AND withdrawal_id IN (
    SELECT withdrawal_id FROM withdrawals
    WHERE merchant_id = $1 AND order_id IS NULL AND closed_at < $2
    ORDER BY withdrawal_id
    LIMIT $3
)
