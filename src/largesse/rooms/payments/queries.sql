-- name: record_payments
-- Write payments. One that was pending or failed under the same reference may succeed; else what stands, stays.
INSERT INTO payments (merchant_id, payment_id, checkout_id, gateway, reference, status, currency, amount, created_at, settled_at)
SELECT merchant_id, payment_id, checkout_id, gateway, reference, status, currency, amount, created_at, settled_at
FROM jsonb_to_recordset($1::jsonb) AS given (
    merchant_id uuid, payment_id uuid, checkout_id uuid, gateway text, reference text, status text, currency text, amount bigint,
    created_at timestamptz, settled_at timestamptz
)
ON CONFLICT (merchant_id, gateway, reference) DO UPDATE
SET status = excluded.status, settled_at = excluded.settled_at
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
