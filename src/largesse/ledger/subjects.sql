-- name: lock_subjects
-- The subjects of a batch that are no certificates, locked in the order of their ids, after all certificates.
SELECT s.merchant_id, s.subject_id, s.subject_kind, s.seq, s.head, s.effective_at, s.recorded_at
FROM unnest($1::uuid[], $2::uuid[]) AS wanted (merchant_id, subject_id)
JOIN subjects s USING (merchant_id, subject_id)
ORDER BY s.merchant_id, s.subject_id
FOR UPDATE OF s

-- name: lock_free_subjects
-- Those subjects of a batch that nobody else has locked, locked.
SELECT s.merchant_id, s.subject_id, s.subject_kind, s.seq, s.head, s.effective_at, s.recorded_at
FROM unnest($1::uuid[], $2::uuid[]) AS wanted (merchant_id, subject_id)
JOIN subjects s USING (merchant_id, subject_id)
ORDER BY s.merchant_id, s.subject_id
FOR UPDATE OF s SKIP LOCKED

-- name: open_subjects
-- Subjects before their first row, so that there is something to lock; one that stands is left as it is.
INSERT INTO subjects (merchant_id, subject_id, subject_kind)
SELECT merchant_id, subject_id, subject_kind
FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS wanted (merchant_id, subject_id, subject_kind)
ORDER BY merchant_id, subject_id
ON CONFLICT (merchant_id, subject_id) DO NOTHING

-- name: change_subjects
-- The subjects that a batch changed. They are locked.
UPDATE subjects s
SET seq = new.seq, head = decode(new.head, 'base64'), effective_at = new.effective_at, recorded_at = new.recorded_at
FROM jsonb_to_recordset($1::jsonb) AS new (merchant_id uuid, subject_id uuid, seq integer, head text, effective_at timestamptz,
    recorded_at timestamptz)
WHERE s.merchant_id = new.merchant_id AND s.subject_id = new.subject_id

-- name: find_undone
-- Which operations of subjects are undone already, and of which subject. The kinds are those of the index.
SELECT DISTINCT j.merchant_id, j.refers_to AS operation_id, j.subject_id
FROM unnest($1::uuid[], $2::uuid[]) AS wanted (merchant_id, operation_id)
JOIN journal j ON j.merchant_id = wanted.merchant_id AND j.refers_to = wanted.operation_id
WHERE j.kind IN ('unmatch', 'refund_failed', 'dispute_won')

-- name: paid_refunds
-- What was booked as paid of refunds for some certificates, and whether it is undone.
SELECT j.operation_id, j.subject_id, j.open_item_id AS refund_id, j.refers_to AS certificate_id, j.debit AS account, j.currency, j.amount,
    EXISTS (
        SELECT 1 FROM journal undone
        WHERE undone.merchant_id = j.merchant_id AND undone.refers_to = j.operation_id AND undone.subject_id = j.subject_id
            AND undone.kind IN ('unmatch', 'refund_failed', 'dispute_won')
    ) AS undone
FROM journal j
WHERE j.merchant_id = $1 AND j.refers_to = ANY($2::uuid[]) AND j.kind = 'pay_refund'
ORDER BY j.subject_id, j.seq

-- name: rows_of_item
-- Every row that names an open item, in the order of its subject's rows.
SELECT j.* FROM journal j
WHERE j.merchant_id = $1 AND j.open_item_kind = $2 AND j.open_item_id = $3
ORDER BY j.subject_id, j.seq

-- name: partner_balances
-- What each partner owes and is owed, by currency: debits less credits of its rows, whatever they are about.
SELECT party_id, currency,
    coalesce(sum(CASE WHEN debit = 'partner_receivable' THEN amount ELSE 0 END - CASE WHEN credit = 'partner_receivable' THEN amount ELSE 0 END), 0)::bigint AS receivable,
    coalesce(sum(CASE WHEN credit = 'partner_credit' THEN amount ELSE 0 END - CASE WHEN debit = 'partner_credit' THEN amount ELSE 0 END), 0)::bigint AS credit
FROM journal
WHERE merchant_id = $1 AND party_id IS NOT NULL
    AND (debit IN ('partner_receivable', 'partner_credit') OR credit IN ('partner_receivable', 'partner_credit'))
GROUP BY party_id, currency
ORDER BY party_id, currency
