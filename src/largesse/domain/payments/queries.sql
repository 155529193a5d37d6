-- name: record_payments
-- Write payments. One that was pending or failed under the same reference may succeed; else what stands, stays.
INSERT INTO payments (merchant_id, payment_id, checkout_id, gateway, reference, status, currency, amount, created_at, settled_at, intent,
    account_id)
SELECT merchant_id, payment_id, checkout_id, gateway, reference, status, currency, amount, created_at, settled_at, intent, account_id
FROM json_to_recordset($1::json) AS given (
    merchant_id uuid, payment_id uuid, checkout_id uuid, gateway text, reference text, status text, currency text, amount bigint,
    created_at timestamptz, settled_at timestamptz, intent text, account_id uuid
)
ON CONFLICT (merchant_id, gateway, reference) DO UPDATE
SET status = excluded.status, settled_at = excluded.settled_at, intent = coalesce(payments.intent, excluded.intent), redirect_url = NULL,
    next_look_at = NULL
WHERE payments.status IN ('pending', 'failed') AND excluded.status = 'succeeded' AND payments.checkout_id = excluded.checkout_id
  AND payments.currency = excluded.currency AND payments.amount = excluded.amount

-- name: payments_of_references
-- The payments of some references at one gateway.
SELECT * FROM payments WHERE merchant_id = $1 AND gateway = $2 AND reference = ANY($3::text[])

-- name: payments_of_checkout
-- What was paid, or tried, for a checkout.
SELECT * FROM payments WHERE merchant_id = $1 AND checkout_id = $2 ORDER BY created_at, payment_id

-- name: change_payment
-- Move a payment from one of the statuses $3 to another.
UPDATE payments SET status = $4, settled_at = $5
WHERE merchant_id = $1 AND payment_id = $2 AND status = ANY($3::text[])

-- name: pending_payment
-- Write a payment that the buyer was sent to make; nothing when it is known.
INSERT INTO payments (
    merchant_id, payment_id, checkout_id, gateway, reference, status, currency, amount, created_at, redirect_url, expires_at, next_look_at,
    account_id
)
VALUES ($1, $2, $3, $4, $5, 'pending', $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (merchant_id, gateway, reference) DO NOTHING

-- name: find_by_reference
-- The payment that an account at a gateway calls $4, or whose money it calls $5.
SELECT * FROM payments
WHERE merchant_id = $1 AND gateway = $2 AND account_id IS NOT DISTINCT FROM $3 AND (reference = $4 OR intent = $5)
ORDER BY reference = $4 DESC, created_at
LIMIT 1

-- name: payment_of_id
-- One payment.
SELECT * FROM payments WHERE merchant_id = $1 AND payment_id = $2

-- name: lock_payment
-- One payment, locked until the transaction ends: who refunds, settles or disputes it holds it.
SELECT * FROM payments WHERE merchant_id = $1 AND payment_id = $2 FOR UPDATE

-- name: lock_payments_of_checkout
-- The payments of a checkout, locked in the order of their ids until the transaction ends.
SELECT * FROM payments WHERE merchant_id = $1 AND checkout_id = $2 ORDER BY payment_id FOR UPDATE

-- name: list_payments
-- A page of a merchant's payments, newest first; nulls leave a filter out.
SELECT * FROM payments
WHERE merchant_id = $1
  AND ($2::text IS NULL OR status = $2)
  AND ($3::text IS NULL OR gateway = $3)
ORDER BY created_at DESC, payment_id DESC
LIMIT $4

-- name: note_intent
-- What the gateway calls the money, once it says so.
UPDATE payments SET intent = $4 WHERE merchant_id = $1 AND gateway = $2 AND reference = $3 AND intent IS NULL

-- name: take_surplus
-- Note a payment that bought nothing, as it really came in; one that was settled before stays as it is.
INSERT INTO payments (
    merchant_id, payment_id, checkout_id, gateway, reference, status, currency, amount, created_at, settled_at, intent, surplus,
    account_id
)
VALUES ($1, $2, $3, $4, $5, 'succeeded', $6, $7, $8, $8, $9, true, $10)
ON CONFLICT (merchant_id, gateway, reference) DO UPDATE
SET status = 'succeeded', currency = excluded.currency, amount = excluded.amount, settled_at = excluded.settled_at,
    intent = coalesce(payments.intent, excluded.intent), surplus = true, redirect_url = NULL, next_look_at = NULL
WHERE payments.status IN ('pending', 'failed')
RETURNING *

-- name: end_pending
-- Note that a pending payment came to nothing.
UPDATE payments SET status = 'failed', settled_at = $4, redirect_url = NULL, next_look_at = NULL
WHERE merchant_id = $1 AND gateway = $2 AND reference = $3 AND status = 'pending'

-- name: note_agreed
-- The buyer has agreed at the gateway, and the money is on its way: the page is gone, and the time to pay no longer runs out.
UPDATE payments SET redirect_url = NULL, expires_at = NULL, intent = coalesce(intent, $4)
WHERE merchant_id = $1 AND gateway = $2 AND reference = $3 AND status = 'pending'

-- name: merchants_to_look_at
-- Who has pending payments to ask about.
SELECT DISTINCT merchant_id FROM payments WHERE status = 'pending' AND next_look_at <= $1

-- name: claim_looks
-- Take a merchant's pending payments to ask about; until $3 nobody else takes them.
UPDATE payments SET next_look_at = $3, looks = looks + 1, asked_at = $2
WHERE merchant_id = $1 AND payment_id IN (
    SELECT payment_id FROM payments
    WHERE merchant_id = $1 AND status = 'pending' AND next_look_at <= $2
    ORDER BY next_look_at
    LIMIT $4
    FOR UPDATE SKIP LOCKED
)
RETURNING *

-- name: claim_asking
-- Take one pending payment to ask about at $3, unless that was done after $4: of many who would ask, one does.
UPDATE payments SET asked_at = $3
WHERE merchant_id = $1 AND payment_id = $2 AND status = 'pending' AND (asked_at IS NULL OR asked_at <= $4)

-- name: look_again
-- Ask about a payment again at $3.
UPDATE payments SET next_look_at = $3 WHERE merchant_id = $1 AND payment_id = $2 AND status = 'pending' AND next_look_at IS NOT NULL

-- name: look_soon
-- Ask about the pending payments of a checkout that was closed, at $3.
UPDATE payments SET next_look_at = least(next_look_at, $3)
WHERE merchant_id = $1 AND checkout_id = $2 AND status = 'pending' AND next_look_at IS NOT NULL

-- name: insert_refund
-- Owe a refund; nothing when it is known.
INSERT INTO refunds (
    merchant_id, refund_id, payment_id, gateway, reason, status, certificate_id, currency, amount, reference, next_attempt_at, created_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT (merchant_id, refund_id) DO NOTHING

-- name: refunds_of_payments
-- What went back, or is to, of some payments.
SELECT * FROM refunds WHERE merchant_id = $1 AND payment_id = ANY($2::uuid[]) ORDER BY created_at, refund_id

-- name: refunds_of_ids
-- Refunds by their ids.
SELECT * FROM refunds WHERE merchant_id = $1 AND refund_id = ANY($2::uuid[]) ORDER BY created_at, refund_id

-- name: open_refunds
-- What is still owed, by a gateway or by staff, the oldest first; after the refund $2, where there is one.
SELECT r.* FROM refunds r
WHERE r.merchant_id = $1 AND r.status <> 'settled' AND r.reason <> 'outside'
    AND ($2::uuid IS NULL OR (r.created_at, r.refund_id) > (
        SELECT last.created_at, last.refund_id FROM refunds last WHERE last.merchant_id = $1 AND last.refund_id = $2
    ))
ORDER BY r.created_at, r.refund_id
LIMIT $3

-- name: find_refund
-- A refund by its id alone, whosever it is: ids are never used twice.
SELECT * FROM refunds WHERE merchant_id = $1 AND refund_id = $2

-- name: lock_refund
-- A refund, locked until the transaction ends.
SELECT * FROM refunds WHERE merchant_id = $1 AND refund_id = $2 FOR UPDATE

-- name: merchants_owing
-- Who has refunds to be asked for or about.
SELECT DISTINCT merchant_id FROM refunds WHERE status IN ('owed', 'sent') AND next_attempt_at <= $1

-- name: claim_refunds
-- Take a merchant's refunds to be asked for or about; until $3 nobody else takes them.
UPDATE refunds SET next_attempt_at = $3, attempts = attempts + 1
WHERE merchant_id = $1 AND refund_id IN (
    SELECT refund_id FROM refunds
    WHERE merchant_id = $1 AND status IN ('owed', 'sent') AND next_attempt_at <= $2
    ORDER BY next_attempt_at
    LIMIT $4
    FOR UPDATE SKIP LOCKED
)
RETURNING *

-- name: put_refund
-- Write how a refund stands.
UPDATE refunds
SET status = $3, reference = $4, bookings = $5, next_attempt_at = $6, fault = $7, settled_at = $8
WHERE merchant_id = $1 AND refund_id = $2

-- name: put_off_refund
-- Ask again at $3.
UPDATE refunds SET next_attempt_at = $3, fault = $4 WHERE merchant_id = $1 AND refund_id = $2 AND status IN ('owed', 'sent')

-- name: put_dispute
-- Open a dispute, or close it, with what it was about in the end; one that is closed stays so. Returns it when this changed something.
INSERT INTO disputes (merchant_id, gateway, reference, payment_id, status, currency, amount, opened_at, closed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (merchant_id, gateway, reference) DO UPDATE
SET status = excluded.status, closed_at = excluded.closed_at, currency = excluded.currency, amount = excluded.amount
WHERE disputes.status = 'open' AND excluded.status <> 'open'
RETURNING *

-- name: disputes_of_payment
-- What a buyer's bank wanted back of a payment.
SELECT * FROM disputes WHERE merchant_id = $1 AND payment_id = $2 ORDER BY opened_at, reference

-- name: keep_notice
-- Write down what a gateway told; nothing when it told the same before.
INSERT INTO gateway_notices (merchant_id, account_id, gateway, notice_id, notice, status, received_at, next_attempt_at)
VALUES ($1, $2, $3, $4, $5::jsonb, 'waiting', $6, $7)
ON CONFLICT (merchant_id, account_id, gateway, notice_id) DO NOTHING

-- name: merchants_told
-- Whom notices wait for, the one that has waited longest first.
SELECT merchant_id FROM gateway_notices WHERE status = 'waiting' AND next_attempt_at <= $1
GROUP BY merchant_id ORDER BY min(next_attempt_at) LIMIT $2

-- name: claim_notices
-- Take a merchant's notices to be taken up; until $3 nobody else takes them. $5 and $6 name the payment that they must be about.
UPDATE gateway_notices SET next_attempt_at = $3, attempts = attempts + 1
WHERE merchant_id = $1 AND (account_id, gateway, notice_id) IN (
    SELECT account_id, gateway, notice_id FROM gateway_notices
    WHERE merchant_id = $1 AND status = 'waiting' AND next_attempt_at <= $2
      AND ($5::text IS NULL OR gateway = $5) AND ($6::text IS NULL OR notice->>'reference' = $6)
    ORDER BY next_attempt_at
    LIMIT $4
    FOR UPDATE SKIP LOCKED
)
RETURNING *

-- name: close_notice
-- Say what became of a notice.
UPDATE gateway_notices SET status = $5, outcome = $6, payment_id = $7
WHERE merchant_id = $1 AND account_id = $2 AND gateway = $3 AND notice_id = $4

-- name: put_off_notice
-- Take a notice up again at $5.
UPDATE gateway_notices SET next_attempt_at = $5, outcome = $6
WHERE merchant_id = $1 AND account_id = $2 AND gateway = $3 AND notice_id = $4 AND status = 'waiting'

-- name: notices_of_payment
-- What gateways told of a payment, in the order in which it came.
SELECT * FROM gateway_notices WHERE merchant_id = $1 AND payment_id = $2 ORDER BY received_at, notice_id

-- name: merchants_told_before
-- Who has notices that were taken up, or were not about them, and came before $1.
SELECT DISTINCT merchant_id FROM gateway_notices WHERE received_at < $1 AND status <> 'waiting'

-- name: forget_notices
-- Forget a merchant's notices that were taken up, or were not about them, and came before $2.
DELETE FROM gateway_notices WHERE merchant_id = $1 AND (account_id, gateway, notice_id) IN (
    SELECT account_id, gateway, notice_id FROM gateway_notices
    WHERE merchant_id = $1 AND received_at < $2 AND status <> 'waiting'
    LIMIT $3
)

-- name: merchant_of_payment
-- Whose payment the gateway of the installation calls $2, or its money $3.
SELECT merchant_id FROM payments
WHERE gateway = $1 AND account_id IS NULL AND (reference = $2 OR intent = $3)
ORDER BY reference = $2 DESC, created_at
LIMIT 1

-- name: put_in_inbox
-- Write down a notice that does not say whose it is; nothing when it was told before.
INSERT INTO gateway_inbox (gateway, notice_id, notice, status, received_at, next_attempt_at)
VALUES ($1, $2, $3::jsonb, 'waiting', $4, $4)
ON CONFLICT (gateway, notice_id) DO NOTHING

-- name: claim_inbox
-- Take notices of the inbox to ask whose they are; until $2 nobody else takes them.
UPDATE gateway_inbox SET next_attempt_at = $2, attempts = attempts + 1
WHERE (gateway, notice_id) IN (
    SELECT gateway, notice_id FROM gateway_inbox
    WHERE status = 'waiting' AND next_attempt_at <= $1
    ORDER BY next_attempt_at
    LIMIT $3
    FOR UPDATE SKIP LOCKED
)
RETURNING *

-- name: take_from_inbox
-- Take a notice out of the inbox, once its merchant has it.
DELETE FROM gateway_inbox WHERE gateway = $1 AND notice_id = $2

-- name: put_off_inbox
-- Ask again at $3 whose a notice is.
UPDATE gateway_inbox SET next_attempt_at = $3 WHERE gateway = $1 AND notice_id = $2 AND status = 'waiting'

-- name: leave_unclaimed
-- A notice is about nobody here.
UPDATE gateway_inbox SET status = 'unclaimed' WHERE gateway = $1 AND notice_id = $2

-- name: forget_inbox
-- Forget notices that were about nobody here and came before $1.
DELETE FROM gateway_inbox WHERE (gateway, notice_id) IN (
    SELECT gateway, notice_id FROM gateway_inbox WHERE received_at < $1 AND status <> 'waiting' LIMIT $2
)

-- name: insert_credit
-- Write down a refund that was given as credit.
INSERT INTO refund_credits (
    merchant_id, operation_id, payment_id, order_id, certificate_id, lot_id, mail_id, currency, amount, created_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)

-- name: credit_of_operation
-- What an operation gave as credit.
SELECT * FROM refund_credits WHERE merchant_id = $1 AND operation_id = $2

-- name: credit_of_mail
-- The credit that a mail tells of.
SELECT * FROM refund_credits WHERE merchant_id = $1 AND mail_id = $2

-- name: credits_of_payment
-- What went back of a payment as credit.
SELECT * FROM refund_credits WHERE merchant_id = $1 AND payment_id = $2 ORDER BY created_at, operation_id

-- name: credits_of_lots
-- The refunds that filled some lots.
SELECT * FROM refund_credits WHERE merchant_id = $1 AND lot_id = ANY($2::uuid[]) ORDER BY created_at, operation_id

-- name: instructions_of
-- How to pay a merchant in a currency.
SELECT currency, holder, iban, bic, further, days FROM payment_instructions WHERE merchant_id = $1 AND currency = $2

-- name: write_instructions
-- How to pay a merchant in a currency from now on.
INSERT INTO payment_instructions (merchant_id, currency, holder, iban, bic, further, days, written_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (merchant_id, currency) DO UPDATE
SET holder = excluded.holder, iban = excluded.iban, bic = excluded.bic, further = excluded.further, days = excluded.days,
    written_at = excluded.written_at

-- name: forget_instructions
-- Nobody is told how to pay by hand in a currency any more.
DELETE FROM payment_instructions WHERE merchant_id = $1 AND currency = $2
