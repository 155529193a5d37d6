-- name: insert_gifts
-- How some gifts are delivered: $1 is a JSON array of them. What stands already stays.
INSERT INTO gifts (
    merchant_id, order_id, checkout_id, order_number, certificate_id, status, locale, recipient_name, recipient_email, due_at,
    mail_id, trouble, settled_at, created_at
)
SELECT
    merchant_id, order_id, checkout_id, order_number, certificate_id, status, locale, recipient_name, recipient_email, due_at,
    mail_id, trouble, settled_at, created_at
FROM json_to_recordset($1::json) AS given (
    merchant_id uuid, order_id uuid, checkout_id uuid, order_number text, certificate_id uuid, status text, locale text,
    recipient_name text, recipient_email text, due_at timestamptz, mail_id uuid, trouble text, settled_at timestamptz,
    created_at timestamptz
)
ON CONFLICT DO NOTHING

-- name: update_gifts
-- What some deliveries have become: $1 is a JSON array of them. The caller holds the rows.
UPDATE gifts
SET status = given.status, certificate_id = given.certificate_id, recipient_name = given.recipient_name,
    recipient_email = given.recipient_email, due_at = given.due_at, mail_id = given.mail_id, trouble = given.trouble,
    settled_at = given.settled_at, corrections = given.corrections, unwrapped_at = given.unwrapped_at
FROM json_to_recordset($1::json) AS given (
    merchant_id uuid, order_id uuid, certificate_id uuid, status text, recipient_name text, recipient_email text,
    due_at timestamptz, mail_id uuid, trouble text, settled_at timestamptz, corrections smallint, unwrapped_at timestamptz
)
WHERE gifts.merchant_id = given.merchant_id AND gifts.order_id = given.order_id

-- name: insert_mails
-- Mails that are queued: $1 is a JSON array of them.
INSERT INTO mails (
    merchant_id, mail_id, purpose, checkout_id, order_id, address, name, locale, amount, currency, status, queued_at
)
SELECT merchant_id, mail_id, purpose, checkout_id, order_id, address, name, locale, amount, currency, status, queued_at
FROM json_to_recordset($1::json) AS given (
    merchant_id uuid, mail_id uuid, purpose text, checkout_id uuid, order_id uuid, address text, name text, locale text,
    amount bigint, currency text, status text, queued_at timestamptz
)
ON CONFLICT DO NOTHING

-- name: gifts_of_orders
-- How the gifts of some orders are delivered.
SELECT * FROM gifts WHERE merchant_id = $1 AND order_id = ANY($2::uuid[])

-- name: gifts_of_checkout
-- The same for all orders of a checkout.
SELECT * FROM gifts WHERE merchant_id = $1 AND checkout_id = $2 ORDER BY order_id

-- name: lock_gift
-- One delivery, held until the transaction ends.
SELECT * FROM gifts WHERE merchant_id = $1 AND order_id = $2 FOR UPDATE

-- name: note_unwrapped
-- When the recipient of a gift unwrapped it first, and under which number.
UPDATE gifts SET unwrapped_at = $4, certificate_id = $3
WHERE merchant_id = $1 AND order_id = $2 AND unwrapped_at IS NULL

-- name: note_pass
-- Of which certificate a pass was made.
UPDATE gifts SET pass_of = $3 WHERE merchant_id = $1 AND order_id = $2 AND pass_of IS DISTINCT FROM $3

-- name: note_thanks
-- When the holder of a gift told its buyer that it arrived, and in which words: once.
UPDATE gifts SET thanked_at = $4, thanks = $3
WHERE merchant_id = $1 AND order_id = $2 AND thanked_at IS NULL
RETURNING order_id

-- name: forget_thanks
-- The words have been mailed, or never will be.
UPDATE gifts SET thanks = '' WHERE merchant_id = $1 AND order_id = $2 AND thanks <> ''

-- name: merchants_due
-- Who has deliveries whose hour has come.
SELECT DISTINCT merchant_id FROM gifts WHERE status = 'waiting' AND due_at <= $1

-- name: lock_due
-- Some of a merchant's deliveries whose hour has come and that no other worker has in hand, those first that have waited longest; $4 are
-- passed over.
SELECT * FROM gifts WHERE merchant_id = $1 AND status = 'waiting' AND due_at <= $2 AND order_id <> ALL($4::uuid[])
ORDER BY due_at LIMIT $3 FOR UPDATE SKIP LOCKED

-- name: settle_mail
-- What came of a mail. What was sent stays sent; what is told twice is told once: no row comes back then.
UPDATE mails SET status = $3, settled_at = $4
WHERE merchant_id = $1 AND mail_id = $2 AND status <> $3 AND status <> 'sent'
RETURNING *

-- name: settle_gift
-- What that means for the gift, if the mail is still the one that counts.
UPDATE gifts SET status = $4, trouble = $5, settled_at = $6
WHERE merchant_id = $1 AND order_id = $2 AND mail_id = $3
RETURNING *

-- name: bounce_mail
-- A mail that was taken and came back. No row comes back when that is known already.
UPDATE mails SET status = 'failed', settled_at = $3
WHERE merchant_id = $1 AND mail_id = $2 AND status <> 'failed'
RETURNING *

-- name: mails_since
-- How many mails of a purpose were queued for a checkout, or for one of its orders, since a moment.
SELECT count(*) FROM mails
WHERE merchant_id = $1 AND checkout_id = $2 AND purpose = $3 AND queued_at > $5 AND ($4::uuid IS NULL OR order_id = $4)

-- name: receipt_status
-- What came of the receipt of a checkout; no row where it was never queued, or is kept no longer.
SELECT status FROM mails WHERE merchant_id = $1 AND checkout_id = $2 AND purpose = 'receipt' ORDER BY queued_at LIMIT 1

-- name: by_hand_mails_to
-- How many mails on how to pay by hand were queued to an address since a moment.
SELECT count(*) FROM mails WHERE merchant_id = $1 AND purpose = 'by_hand' AND lower(address) = lower($2) AND queued_at > $3

-- name: refuse_reminders
-- Whoever has this address wants no reminders of the merchant any more.
INSERT INTO reminder_refusals (merchant_id, address_digest, refused_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING

-- name: refused_reminders
-- Which of some addresses that are.
SELECT address_digest FROM reminder_refusals WHERE merchant_id = $1 AND address_digest = ANY($2::bytea[])

-- name: erase_gifts
-- Take who a gift is for out of its delivery; what was not delivered yet is the buyer's to hand over.
UPDATE gifts SET recipient_name = '', recipient_email = '', trouble = '', thanks = '',
    status = CASE WHEN status IN ('waiting', 'sending', 'failed') THEN 'print' ELSE status END
WHERE merchant_id = $1 AND lower(recipient_email) = $2
RETURNING order_id

-- name: erase_mails
-- Take an address out of mails; those that wait are not wanted any more.
UPDATE mails SET address = $3, name = '', status = CASE WHEN status = 'queued' THEN 'dropped' ELSE status END,
    settled_at = coalesce(settled_at, $4)
WHERE merchant_id = $1 AND lower(address) = $2
RETURNING mail_id

-- name: forget_mails
-- Delete some mails of before $2 that wait for nothing.
DELETE FROM mails WHERE merchant_id = $1 AND mail_id IN (
    SELECT mail_id FROM mails WHERE merchant_id = $1 AND mail_id < $2 AND status <> 'queued' ORDER BY mail_id LIMIT $3
)
