-- name: lock_certificates
-- The certificates of a batch, locked in the order of their ids, so that two batches never wait for each other in a circle.
SELECT c.*
FROM unnest($1::uuid[], $2::uuid[]) AS wanted (merchant_id, certificate_id)
JOIN certificates c USING (merchant_id, certificate_id)
ORDER BY c.merchant_id, c.certificate_id
FOR UPDATE OF c

-- name: lock_free_certificates
-- Those certificates of a batch that nobody else has locked, locked. One that is missing here may stand all the same.
SELECT c.*
FROM unnest($1::uuid[], $2::uuid[]) AS wanted (merchant_id, certificate_id)
JOIN certificates c USING (merchant_id, certificate_id)
ORDER BY c.merchant_id, c.certificate_id
FOR UPDATE OF c SKIP LOCKED

-- name: standing_certificates
-- Which of some certificates stand, locked or not.
SELECT c.merchant_id, c.certificate_id
FROM unnest($1::uuid[], $2::uuid[]) AS wanted (merchant_id, certificate_id)
JOIN certificates c USING (merchant_id, certificate_id)

-- name: find_certificate
-- One certificate as it stands, not locked.
SELECT * FROM certificates WHERE merchant_id = $1 AND certificate_id = $2

-- name: find_operations
-- The journal rows that operations of a batch have written before, in the order they were written.
SELECT j.*
FROM unnest($1::uuid[], $2::uuid[]) AS wanted (merchant_id, operation_id)
JOIN journal j USING (merchant_id, operation_id)
ORDER BY j.merchant_id, j.operation_id, j.leg

-- name: find_holds
-- The holds that a batch captures or releases. Their certificates are locked, so these rows are not.
SELECT h.*
FROM unnest($1::uuid[], $2::uuid[]) AS wanted (merchant_id, hold_id)
JOIN holds h USING (merchant_id, hold_id)

-- name: find_redemptions
-- What the redemptions and captures that a batch undoes have taken, and whether they are undone already.
SELECT
    j.merchant_id,
    j.certificate_id,
    j.operation_id,
    coalesce(sum(j.amount) FILTER (WHERE j.pot = 'value'), 0)::bigint AS value,
    coalesce(sum(j.amount) FILTER (WHERE j.pot = 'gratuity'), 0)::bigint AS gratuity,
    EXISTS (
        SELECT 1 FROM journal undone
        WHERE undone.merchant_id = j.merchant_id AND undone.refers_to = j.operation_id AND undone.leg = 0
            AND undone.kind = 'reverse'
    ) AS reversed
FROM unnest($1::uuid[], $2::uuid[]) AS wanted (merchant_id, operation_id)
JOIN journal j USING (merchant_id, operation_id)
WHERE j.kind IN ('redeem', 'capture')
GROUP BY j.merchant_id, j.certificate_id, j.operation_id

-- name: find_expiries
-- What the expiries that a batch undoes have booked, whether the certificate was blocked before, and whether they are undone already.
SELECT
    j.merchant_id,
    j.certificate_id,
    j.operation_id,
    coalesce(sum(j.amount) FILTER (WHERE j.pot = 'value'), 0)::bigint AS value,
    coalesce(sum(j.amount) FILTER (WHERE j.pot = 'gratuity'), 0)::bigint AS gratuity,
    coalesce((
        SELECT barred.kind = 'block'
        FROM journal barred
        WHERE barred.merchant_id = j.merchant_id AND barred.certificate_id = j.certificate_id
            AND barred.kind IN ('block', 'unblock') AND barred.seq < min(j.seq)
        ORDER BY barred.seq DESC
        LIMIT 1
    ), false) AS blocked,
    EXISTS (
        SELECT 1 FROM journal undone
        WHERE undone.merchant_id = j.merchant_id AND undone.refers_to = j.operation_id AND undone.leg = 0
            AND undone.kind = 'reinstate'
    ) AS undone
FROM unnest($1::uuid[], $2::uuid[]) AS wanted (merchant_id, operation_id)
JOIN journal j USING (merchant_id, operation_id)
WHERE j.kind = 'expire'
GROUP BY j.merchant_id, j.certificate_id, j.operation_id

-- name: open_certificates
-- The certificates that a batch created.
INSERT INTO certificates (merchant_id, certificate_id, currency, class_of_value, funding, status, balance, held,
    gratuity_balance, gratuity_held, good_through, expires_at, order_number, seq, issued_at)
SELECT merchant_id, certificate_id, currency, class_of_value, funding, status, balance, held,
    gratuity_balance, gratuity_held, good_through, expires_at, order_number, seq, issued_at
FROM jsonb_to_recordset($1::jsonb) AS new (merchant_id uuid, certificate_id uuid, currency text, class_of_value text,
    funding text, status text, balance bigint, held bigint, gratuity_balance bigint, gratuity_held bigint,
    good_through date, expires_at timestamptz, order_number text, seq integer, issued_at timestamptz)

-- name: change_certificates
-- The certificates that a batch changed. They are locked.
UPDATE certificates c
SET status = new.status, balance = new.balance, held = new.held, gratuity_balance = new.gratuity_balance,
    gratuity_held = new.gratuity_held, good_through = new.good_through, expires_at = new.expires_at, seq = new.seq
FROM jsonb_to_recordset($1::jsonb) AS new (merchant_id uuid, certificate_id uuid, status text, balance bigint, held bigint,
    gratuity_balance bigint, gratuity_held bigint, good_through date, expires_at timestamptz, seq integer)
WHERE c.merchant_id = new.merchant_id AND c.certificate_id = new.certificate_id

-- name: write_journal
-- The journal rows of a batch.
INSERT INTO journal (merchant_id, certificate_id, seq, operation_id, leg, kind, pot, currency, debit, credit, amount,
    held_change, balance_after, held_after, gratuity_after, gratuity_held_after, status_after, good_through_after,
    expires_at_after, refers_to, actor, fingerprint, memo, recorded_at)
SELECT merchant_id, certificate_id, seq, operation_id, leg, kind, pot, currency, debit, credit, amount,
    held_change, balance_after, held_after, gratuity_after, gratuity_held_after, status_after, good_through_after,
    expires_at_after, refers_to, actor, decode(fingerprint, 'base64'), memo, recorded_at
FROM jsonb_to_recordset($1::jsonb) AS new (merchant_id uuid, certificate_id uuid, seq integer, operation_id uuid, leg smallint,
    kind text, pot text, currency text, debit text, credit text, amount bigint, held_change bigint,
    balance_after bigint, held_after bigint, gratuity_after bigint, gratuity_held_after bigint, status_after text,
    good_through_after date, expires_at_after timestamptz, refers_to uuid, actor text, fingerprint text, memo text,
    recorded_at timestamptz)

-- name: write_holds
-- The holds that a batch placed, captured or released.
INSERT INTO holds (merchant_id, hold_id, certificate_id, status, amount, gratuity, placed_at, expires_at)
SELECT merchant_id, hold_id, certificate_id, status, amount, gratuity, placed_at, expires_at
FROM jsonb_to_recordset($1::jsonb) AS new (merchant_id uuid, hold_id uuid, certificate_id uuid, status text, amount bigint,
    gratuity bigint, placed_at timestamptz, expires_at timestamptz)
ON CONFLICT (merchant_id, hold_id) DO UPDATE SET status = excluded.status

-- name: statement
-- The whole journal of one certificate, oldest first.
SELECT * FROM journal WHERE merchant_id = $1 AND certificate_id = $2 ORDER BY seq

-- name: settlements
-- What was settled of each refund that is named, out of the clearing account and back, by certificate and by the account on the other side.
SELECT
    refers_to,
    certificate_id,
    CASE WHEN debit = 'gateway_clearing' THEN credit ELSE debit END AS account,
    coalesce(sum(amount) FILTER (WHERE credit = 'gateway_clearing'), 0)::bigint AS settled,
    coalesce(sum(amount) FILTER (WHERE debit = 'gateway_clearing'), 0)::bigint AS taken_back
FROM journal
WHERE merchant_id = $1 AND certificate_id = ANY($2::uuid[]) AND kind = 'settle' AND refers_to IS NOT NULL
GROUP BY 1, 2, 3
ORDER BY 1, 2, 3

-- name: open_holds
-- What is set aside on one certificate.
SELECT * FROM holds WHERE merchant_id = $1 AND certificate_id = $2 AND status = 'open' ORDER BY placed_at, hold_id

-- name: merchants_with_expired
-- Whose certificates' last good day has passed, of those that are not booked.
SELECT DISTINCT merchant_id FROM certificates
WHERE status IN ('active', 'blocked') AND expires_at <= $1 AND held = 0 AND gratuity_held = 0

-- name: expired_certificates
-- A merchant's certificates whose last good day has passed and which are not booked, a bounded number of them.
SELECT merchant_id, certificate_id, expires_at, seq
FROM certificates
WHERE merchant_id = $1 AND status IN ('active', 'blocked') AND expires_at <= $2 AND held = 0 AND gratuity_held = 0
ORDER BY expires_at
LIMIT $3

-- name: wrongly_expired
-- A merchant's certificates that are booked as expired and whose last good day lies ahead, with the expiry that booked it; from a place on.
SELECT c.certificate_id, expiry.operation_id
FROM certificates c
CROSS JOIN LATERAL (
    SELECT j.operation_id
    FROM journal j
    WHERE j.merchant_id = c.merchant_id AND j.certificate_id = c.certificate_id AND j.kind = 'expire'
    ORDER BY j.seq DESC
    LIMIT 1
) AS expiry
WHERE c.merchant_id = $1 AND c.status = 'expired' AND (c.expires_at IS NULL OR c.expires_at > $2) AND c.certificate_id > $3
ORDER BY c.certificate_id
LIMIT $4

-- name: merchants_with_expiring
-- Whose active certificates' last good day passes between two moments.
SELECT DISTINCT merchant_id FROM certificates WHERE status = 'active' AND expires_at > $1 AND expires_at <= $2

-- name: expiring_certificates
-- A merchant's active certificates with something left whose last good day passes between two moments, from a place on, in that order.
SELECT * FROM certificates
WHERE merchant_id = $1 AND status = 'active' AND expires_at > $2 AND expires_at <= $3 AND (balance > 0 OR gratuity_balance > 0)
    AND (expires_at, certificate_id) > ($4, $5)
ORDER BY expires_at, certificate_id
LIMIT $6

-- name: merchants_with_expired_holds
-- Whose open holds' time has passed.
SELECT DISTINCT merchant_id FROM holds WHERE status = 'open' AND expires_at <= $1

-- name: expired_holds
-- A merchant's open holds whose time has passed, a bounded number of them.
SELECT merchant_id, certificate_id, hold_id FROM holds
WHERE merchant_id = $1 AND status = 'open' AND expires_at <= $2
ORDER BY expires_at LIMIT $3

-- name: certificates_dataset
-- The rows of the dataset `certificates`, by when they were issued; nulls leave a filter out.
SELECT certificate_id, order_number, status, class_of_value, currency, balance, held, gratuity_balance, gratuity_held,
    issued_at, good_through, funding
FROM certificates
WHERE merchant_id = $1
    AND ($2::timestamptz IS NULL OR issued_at >= $2)
    AND ($3::timestamptz IS NULL OR issued_at < $3)
    AND ($4::text IS NULL OR status = $4)
ORDER BY issued_at, certificate_id

-- name: journal_dataset
-- The rows of the dataset `journal`, by when they were written; nulls leave a filter out.
SELECT recorded_at, certificate_id, seq, kind, pot, debit, credit, currency, amount, held_change, balance_after, held_after,
    gratuity_after, gratuity_held_after, actor, memo, operation_id, leg, refers_to
FROM journal
WHERE merchant_id = $1
    AND ($2::timestamptz IS NULL OR recorded_at >= $2)
    AND ($3::timestamptz IS NULL OR recorded_at < $3)
ORDER BY recorded_at, certificate_id, seq

-- name: redemptions_dataset
-- What was spent: one row for each redemption or captured hold, its pots beside each other; nulls leave a filter out. LIMIT 1 keeps the join
-- one by key, also for a merchant that statistics do not know.
SELECT
    min(spent.recorded_at) AS recorded_at, spent.certificate_id, min(spent.seq) AS seq, c.order_number, spent.kind,
    spent.currency, spent.operation_id, min(spent.actor) AS actor, min(spent.memo) AS memo,
    coalesce(sum(spent.amount) FILTER (WHERE spent.pot = 'value'), 0)::bigint AS value,
    coalesce(sum(spent.amount) FILTER (WHERE spent.pot = 'gratuity'), 0)::bigint AS gratuity,
    EXISTS (
        SELECT 1 FROM journal undone
        WHERE undone.merchant_id = $1 AND undone.refers_to = spent.operation_id AND undone.leg = 0 AND undone.kind = 'reverse'
    ) AS reversed
FROM journal spent
LEFT JOIN LATERAL (
    SELECT order_number FROM certificates
    WHERE certificates.merchant_id = spent.merchant_id AND certificates.certificate_id = spent.certificate_id
    LIMIT 1
) AS c ON true
WHERE spent.merchant_id = $1
    AND spent.kind IN ('redeem', 'capture')
    AND ($2::timestamptz IS NULL OR spent.recorded_at >= $2)
    AND ($3::timestamptz IS NULL OR spent.recorded_at < $3)
GROUP BY spent.certificate_id, spent.operation_id, spent.kind, spent.currency, c.order_number
ORDER BY min(spent.recorded_at), spent.certificate_id, min(spent.seq)

-- name: chain_differences
-- Journal rows that do not follow from the row before: a gap in seq, balances that the movement does not explain, or a last good day that
-- another kind of row than an extension moved. Rows from before the journal told the last good day are not compared.
SELECT merchant_id, certificate_id::text AS subject, 'journal row ' || seq || ' does not follow from the row before it' AS finding
FROM (
    SELECT
        *,
        lag(seq, 1, 0) OVER chain AS seq_before,
        lag(balance_after, 1, 0::bigint) OVER chain AS balance_before,
        lag(held_after, 1, 0::bigint) OVER chain AS held_before,
        lag(gratuity_after, 1, 0::bigint) OVER chain AS gratuity_before,
        lag(gratuity_held_after, 1, 0::bigint) OVER chain AS gratuity_held_before,
        lag(status_after) OVER chain AS status_before,
        lag(good_through_after) OVER chain AS good_through_before,
        lag(expires_at_after) OVER chain AS expires_at_before,
        CASE 'certificates_outstanding' WHEN credit THEN amount WHEN debit THEN -amount ELSE 0 END AS movement
    FROM journal
    WINDOW chain AS (PARTITION BY merchant_id, certificate_id ORDER BY seq)
) AS walked
WHERE seq <> seq_before + 1
    OR balance_after <> balance_before + CASE WHEN pot = 'value' THEN movement ELSE 0 END
    OR gratuity_after <> gratuity_before + CASE WHEN pot = 'gratuity' THEN movement ELSE 0 END
    OR held_after <> held_before + CASE WHEN pot = 'value' THEN held_change ELSE 0 END
    OR gratuity_held_after <> gratuity_held_before + CASE WHEN pot = 'gratuity' THEN held_change ELSE 0 END
    OR (kind <> 'extend' AND status_before IS NOT NULL
        AND (good_through_after, expires_at_after) IS DISTINCT FROM (good_through_before, expires_at_before))

-- name: status_differences
-- Journal rows, and certificates after their last row, whose status is not what the kinds of rows up to there lead to. A transfer ends its
-- certificate where it began the other one (a reissue).
SELECT
    merchant_id,
    certificate_id::text AS subject,
    CASE WHEN status_after <> folded THEN format('journal row %s says %s', seq, status_after) ELSE 'the certificate is ' || c.status END
        || ', its kinds lead to ' || folded AS finding
FROM (
    SELECT
        *,
        CASE
            WHEN max(seq) FILTER (WHERE kind = 'void' OR replaced) OVER chain IS NOT NULL THEN 'void'
            WHEN coalesce(max(seq) FILTER (WHERE kind = 'expire') OVER chain, 0)
                > coalesce(max(seq) FILTER (WHERE kind = 'reinstate') OVER chain, 0) THEN 'expired'
            WHEN coalesce(max(seq) FILTER (WHERE kind = 'block') OVER chain, 0)
                > coalesce(max(seq) FILTER (WHERE kind = 'unblock') OVER chain, 0) THEN 'blocked'
            ELSE 'active'
        END AS folded
    FROM (
        SELECT
            j.merchant_id, j.certificate_id, j.seq, j.kind, j.status_after,
            j.kind = 'transfer' AND j.debit = 'certificates_outstanding' AND EXISTS (
                SELECT 1 FROM journal began
                WHERE began.merchant_id = j.merchant_id AND began.certificate_id = j.refers_to AND began.seq = 1
                    AND began.operation_id = j.operation_id
            ) AS replaced
        FROM journal j
    ) AS told
    WINDOW chain AS (PARTITION BY merchant_id, certificate_id ORDER BY seq)
) AS walked
LEFT JOIN certificates c USING (merchant_id, certificate_id, seq)
WHERE status_after <> folded OR c.status <> folded

-- name: state_differences
-- Certificates that do not stand where their last journal row says, or that have none, and journal rows without a certificate. The finding
-- shows everything that is compared: currency, balances, what is held, which journal row was the last, status and last good day (unless
-- the row is from before the journal told these).
SELECT
    merchant_id,
    certificate_id::text AS subject,
    'the certificate says ' || CASE WHEN c.seq IS NULL THEN 'nothing' ELSE format('%s + %s %s, held %s + %s, at row %s, %s until %s',
            c.balance, c.gratuity_balance, c.currency, c.held, c.gratuity_held, c.seq, c.status, coalesce(c.good_through::text, 'for ever')) END
        || '; its journal ' || CASE WHEN j.seq IS NULL THEN 'nothing' ELSE format('%s + %s %s, held %s + %s, at row %s, %s until %s',
            j.balance_after, j.gratuity_after, j.currency, j.held_after, j.gratuity_held_after, j.seq, coalesce(j.status_after, 'unsaid'),
            coalesce(j.good_through_after::text, 'for ever')) END
        AS finding
FROM certificates c
FULL JOIN (
    SELECT DISTINCT ON (merchant_id, certificate_id) *
    FROM journal
    ORDER BY merchant_id, certificate_id, seq DESC
) AS j USING (merchant_id, certificate_id)
WHERE (c.seq, c.currency, c.balance, c.held, c.gratuity_balance, c.gratuity_held)
    IS DISTINCT FROM (j.seq, j.currency, j.balance_after, j.held_after, j.gratuity_after, j.gratuity_held_after)
    OR (j.status_after IS NOT NULL
        AND (c.status, c.good_through, c.expires_at) IS DISTINCT FROM (j.status_after, j.good_through_after, j.expires_at_after))

-- name: posting_differences
-- Journal rows that no command may write for a certificate of that class and funding ($1: every one that some command may).
SELECT
    j.merchant_id,
    j.certificate_id::text AS subject,
    format('journal row %s is no %s of a %s certificate paid by %s: %s < %s', j.seq, j.kind, c.class_of_value, c.funding,
        coalesce(j.debit, 'nothing'), coalesce(j.credit, 'nothing')) AS finding
FROM journal j
JOIN certificates c USING (merchant_id, certificate_id)
WHERE concat_ws(' ', c.class_of_value, c.funding, j.kind, coalesce(j.pot, '-'), coalesce(j.debit, '-'), coalesce(j.credit, '-'))
    <> ALL ($1::text[])

-- name: hold_differences
-- Certificates whose held amounts are not what their open holds add up to.
SELECT
    merchant_id,
    certificate_id::text AS subject,
    'held ' || coalesce(c.held, 0) || ' + ' || coalesce(c.gratuity_held, 0) || ', open holds add up to '
        || coalesce(h.amount, 0) || ' + ' || coalesce(h.gratuity, 0) AS finding
FROM (SELECT * FROM certificates WHERE held > 0 OR gratuity_held > 0) AS c
FULL JOIN (
    SELECT merchant_id, certificate_id, sum(amount) AS amount, sum(gratuity) AS gratuity
    FROM holds
    WHERE status = 'open'
    GROUP BY merchant_id, certificate_id
) AS h USING (merchant_id, certificate_id)
WHERE (coalesce(c.held, 0), coalesce(c.gratuity_held, 0)) <> (coalesce(h.amount, 0), coalesce(h.gratuity, 0))

-- name: book_differences
-- Merchants and currencies whose trial balance does not sum to zero, whose clearing account is not empty, or whose liability is not what the
-- certificates add up to.
WITH postings AS (
    SELECT merchant_id, currency, debit AS account, amount FROM journal WHERE amount IS NOT NULL
    UNION ALL
    SELECT merchant_id, currency, credit AS account, -amount FROM journal WHERE amount IS NOT NULL
), books AS (
    SELECT
        merchant_id,
        currency,
        sum(amount) AS total,
        coalesce(sum(amount) FILTER (WHERE account = 'transfers'), 0) AS transfers,
        -coalesce(sum(amount) FILTER (WHERE account = 'certificates_outstanding'), 0) AS liability
    FROM postings
    GROUP BY merchant_id, currency
), outstanding AS (
    SELECT merchant_id, currency, sum(balance + gratuity_balance) AS liability
    FROM certificates
    GROUP BY merchant_id, currency
)
SELECT
    merchant_id,
    currency AS subject,
    'trial balance ' || coalesce(b.total, 0) || ', transfers ' || coalesce(b.transfers, 0) || ', liability '
        || coalesce(b.liability, 0) || ' against certificates of ' || coalesce(o.liability, 0) AS finding
FROM books b
FULL JOIN outstanding o USING (merchant_id, currency)
WHERE coalesce(b.total, 0) <> 0 OR coalesce(b.transfers, 0) <> 0 OR coalesce(b.liability, 0) <> coalesce(o.liability, 0)

-- name: trial_balance
-- Debits and credits of every account that was used.
SELECT merchant_id, currency, account, sum(debits) AS debits, sum(credits) AS credits
FROM (
    SELECT merchant_id, currency, debit AS account, amount AS debits, 0 AS credits FROM journal WHERE amount IS NOT NULL
    UNION ALL
    SELECT merchant_id, currency, credit, 0, amount FROM journal WHERE amount IS NOT NULL
) AS postings
GROUP BY merchant_id, currency, account
ORDER BY merchant_id, currency, account

-- name: count_rows
-- How much there is.
SELECT (SELECT count(*) FROM certificates) AS certificates, (SELECT count(*) FROM journal) AS entries
