-- name: open_books
-- The books that a transaction posts in, in the order of merchants, and the database's clock; nobody seals or closes them before it ends.
SELECT b.*, clock_timestamp() AS clock
FROM unnest($1::uuid[]) AS wanted (merchant_id)
JOIN books b USING (merchant_id)
ORDER BY b.merchant_id
FOR SHARE OF b

-- name: keep_home
-- Open a merchant's books, or change their home and what the merchant has set.
INSERT INTO books (merchant_id, location_id, legal_entity_id, country, time_zone, cut_off_hour, books_sale, default_rate_name, default_rate,
    redemptions_per_hour, expired_gratuity)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (merchant_id) DO UPDATE SET location_id = excluded.location_id, legal_entity_id = excluded.legal_entity_id,
    country = excluded.country, time_zone = excluded.time_zone, cut_off_hour = excluded.cut_off_hour,
    books_sale = excluded.books_sale, default_rate_name = excluded.default_rate_name, default_rate = excluded.default_rate,
    redemptions_per_hour = excluded.redemptions_per_hour, expired_gratuity = excluded.expired_gratuity

-- name: lock_certificates
-- The certificates of a batch, locked in the order of their ids, so that two batches never wait for each other in a circle.
SELECT c.merchant_id, c.certificate_id, c.currency, c.class_of_value, c.funding, c.status, c.balance, c.held, c.gratuity_balance,
    c.gratuity_held, c.good_through, c.expires_at, c.order_number, c.seq, c.issued_at, c.active_at, c.lots, c.redeemed_at, c.head, c.effective_at,
    c.recorded_at
FROM unnest($1::uuid[], $2::uuid[]) AS wanted (merchant_id, certificate_id)
JOIN certificates c USING (merchant_id, certificate_id)
ORDER BY c.merchant_id, c.certificate_id
FOR UPDATE OF c

-- name: lock_free_certificates
-- Those certificates of a batch that nobody else has locked, locked. One that is missing here may stand all the same.
SELECT c.merchant_id, c.certificate_id, c.currency, c.class_of_value, c.funding, c.status, c.balance, c.held, c.gratuity_balance,
    c.gratuity_held, c.good_through, c.expires_at, c.order_number, c.seq, c.issued_at, c.active_at, c.lots, c.redeemed_at, c.head, c.effective_at,
    c.recorded_at
FROM unnest($1::uuid[], $2::uuid[]) AS wanted (merchant_id, certificate_id)
JOIN certificates c USING (merchant_id, certificate_id)
ORDER BY c.merchant_id, c.certificate_id
FOR UPDATE OF c SKIP LOCKED

-- name: standing_certificates
-- Which of some certificates stand, locked or not.
SELECT c.merchant_id, c.certificate_id
FROM unnest($1::uuid[], $2::uuid[]) AS wanted (merchant_id, certificate_id)
JOIN certificates c USING (merchant_id, certificate_id)

-- name: lock_named_certificates
-- The certificates of a batch that names some by an HMAC of their number, locked in the order of their ids; one that is named in several
-- ways comes as often.
SELECT c.merchant_id, c.certificate_id, c.currency, c.class_of_value, c.funding, c.status, c.balance, c.held, c.gratuity_balance,
    c.gratuity_held, c.good_through, c.expires_at, c.order_number, c.seq, c.issued_at, c.active_at, c.lots, c.redeemed_at, c.head, c.effective_at,
    c.recorded_at, n.digest
FROM unnest($1::uuid[], $2::uuid[], $3::bytea[]) AS wanted (merchant_id, certificate_id, digest)
LEFT JOIN certificate_numbers n ON n.merchant_id = wanted.merchant_id AND n.digest = wanted.digest AND n.role <> 'activation'
JOIN certificates c ON c.merchant_id = wanted.merchant_id AND c.certificate_id = coalesce(n.certificate_id, wanted.certificate_id)
ORDER BY c.merchant_id, c.certificate_id
FOR UPDATE OF c

-- name: lock_free_named_certificates
-- Those of them that nobody else has locked, locked. One that is missing here may stand all the same.
SELECT c.merchant_id, c.certificate_id, c.currency, c.class_of_value, c.funding, c.status, c.balance, c.held, c.gratuity_balance,
    c.gratuity_held, c.good_through, c.expires_at, c.order_number, c.seq, c.issued_at, c.active_at, c.lots, c.redeemed_at, c.head, c.effective_at,
    c.recorded_at, n.digest
FROM unnest($1::uuid[], $2::uuid[], $3::bytea[]) AS wanted (merchant_id, certificate_id, digest)
LEFT JOIN certificate_numbers n ON n.merchant_id = wanted.merchant_id AND n.digest = wanted.digest AND n.role <> 'activation'
JOIN certificates c ON c.merchant_id = wanted.merchant_id AND c.certificate_id = coalesce(n.certificate_id, wanted.certificate_id)
ORDER BY c.merchant_id, c.certificate_id
FOR UPDATE OF c SKIP LOCKED

-- name: standing_named_certificates
-- Which of them stand, locked or not.
SELECT c.merchant_id, c.certificate_id, n.digest
FROM unnest($1::uuid[], $2::uuid[], $3::bytea[]) AS wanted (merchant_id, certificate_id, digest)
LEFT JOIN certificate_numbers n ON n.merchant_id = wanted.merchant_id AND n.digest = wanted.digest AND n.role <> 'activation'
JOIN certificates c ON c.merchant_id = wanted.merchant_id AND c.certificate_id = coalesce(n.certificate_id, wanted.certificate_id)

-- name: find_certificate
-- One certificate as it stands, not locked.
SELECT c.merchant_id, c.certificate_id, c.currency, c.class_of_value, c.funding, c.status, c.balance, c.held, c.gratuity_balance,
    c.gratuity_held, c.good_through, c.expires_at, c.order_number, c.seq, c.issued_at, c.active_at, c.lots, c.redeemed_at, c.head, c.effective_at,
    c.recorded_at
FROM certificates c
WHERE c.merchant_id = $1 AND c.certificate_id = $2

-- name: find_operations
-- The journal rows that operations of a batch have written before, in the order they were written.
SELECT j.*
FROM unnest($1::uuid[], $2::uuid[]) AS wanted (merchant_id, operation_id)
JOIN journal j USING (merchant_id, operation_id)
ORDER BY j.merchant_id, j.operation_id, j.line

-- name: find_holds
-- The holds that a batch captures or releases. Their certificates are locked, so these rows are not.
SELECT h.*
FROM unnest($1::uuid[], $2::uuid[]) AS wanted (merchant_id, hold_id)
JOIN holds h USING (merchant_id, hold_id)

-- name: find_taken
-- What each command of operations has taken of each lot of a certificate by the kinds of rows in $4, and whether a row of the kind $5 undoes it already. With
-- it, who booked the sale there, of which legal entity, which lots are of another, which have moved on since, the tax that fell due, and whether
-- the certificate was blocked before.
SELECT
    j.merchant_id,
    j.subject_id AS certificate_id,
    j.operation_id,
    j.lot_id,
    coalesce(sum(j.amount) FILTER (WHERE j.leg = 'value'), 0)::bigint AS face,
    coalesce(sum(j.amount) FILTER (WHERE j.leg = 'gratuity'), 0)::bigint AS gratuity,
    coalesce(sum(j.amount) FILTER (WHERE j.leg = 'discount'), 0)::bigint AS discount,
    coalesce(sum(j.amount) FILTER (WHERE j.leg = 'included_tax'), 0)::bigint AS included_tax,
    coalesce((
        SELECT before.lot_added_tax_after - min(j.lot_added_tax_after)
        FROM journal before
        WHERE before.merchant_id = j.merchant_id AND before.subject_id = j.subject_id AND before.lot_id = j.lot_id
            AND before.seq < min(j.seq)
        ORDER BY before.seq DESC
        LIMIT 1
    ), 0)::bigint AS added_tax,
    EXISTS (
        SELECT 1 FROM journal undone
        WHERE undone.merchant_id = j.merchant_id AND undone.refers_to = j.operation_id AND undone.subject_id = j.subject_id
            AND undone.kind = $5
    ) AS undone,
    j.fingerprint,
    min(j.location_id::text)::uuid AS location_id,
    min(j.books_sale) AS books_sale,
    coalesce(bool_or(j.credit = 'between_entities'), false) AS crossed,
    coalesce((
        SELECT went.credit = 'transfers'
        FROM journal went
        WHERE went.merchant_id = j.merchant_id AND went.subject_id = j.subject_id AND went.lot_id = j.lot_id AND went.kind = 'transfer'
            AND went.leg IN ('value', 'gratuity') AND went.seq > min(j.seq)
        ORDER BY went.seq DESC
        LIMIT 1
    ), false) AS moved,
    coalesce((
        SELECT one.legal_entity_id FROM journal one
        WHERE one.merchant_id = j.merchant_id AND one.operation_id = j.operation_id AND one.subject_id = j.subject_id
            AND one.fingerprint = j.fingerprint AND one.debit = 'between_entities'
        LIMIT 1
    ), min(j.legal_entity_id::text)::uuid) AS used_in,
    min(j.credit) FILTER (WHERE j.leg = 'gratuity') AS tips_to,
    coalesce(bool_or(j.debit = 'promotional_outstanding'), false) AS memorandum,
    coalesce((
        SELECT jsonb_agg(jsonb_build_object('country', due.tax_country, 'rate_ppm', due.tax_rate_ppm, 'taxable', due.taxable_amount,
            'tax', due.tax_amount) ORDER BY due.line)
        FROM journal due
        WHERE due.merchant_id = j.merchant_id AND due.operation_id = j.operation_id AND due.subject_id = j.subject_id
            AND due.fingerprint = j.fingerprint AND due.leg = 'tax_due'
    ), '[]') AS taxes,
    coalesce((
        SELECT barred.kind = 'block'
        FROM journal barred
        WHERE barred.merchant_id = j.merchant_id AND barred.subject_id = j.subject_id
            AND barred.kind IN ('block', 'unblock') AND barred.seq < min(j.seq)
        ORDER BY barred.seq DESC
        LIMIT 1
    ), false) AS blocked
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[]) AS wanted (merchant_id, operation_id, subject_id)
JOIN journal j USING (merchant_id, operation_id, subject_id)
WHERE j.kind = ANY ($4::text[]) AND (j.leg IS DISTINCT FROM 'tax_due')
GROUP BY j.merchant_id, j.subject_id, j.operation_id, j.fingerprint, j.lot_id
ORDER BY j.merchant_id, j.operation_id, j.subject_id, min(j.seq)

-- name: open_certificates
-- The certificates that a batch created.
INSERT INTO certificates (merchant_id, certificate_id, currency, class_of_value, funding, status, balance, held,
    gratuity_balance, gratuity_held, good_through, expires_at, order_number, seq, issued_at, active_at, lots, redeemed_at, head, effective_at,
    recorded_at)
SELECT merchant_id, certificate_id, currency, class_of_value, funding, status, balance, held,
    gratuity_balance, gratuity_held, good_through, expires_at, order_number, seq, issued_at, active_at, lots, nullif(redeemed_at, '{}'),
    decode(head, 'base64'), effective_at, recorded_at
FROM json_to_recordset($1::json) AS new (merchant_id uuid, certificate_id uuid, currency text, class_of_value text,
    funding text, status text, balance bigint, held bigint, gratuity_balance bigint, gratuity_held bigint,
    good_through date, expires_at timestamptz, order_number text, seq integer, issued_at timestamptz, active_at timestamptz, lots jsonb,
    redeemed_at timestamptz[], head text, effective_at timestamptz, recorded_at timestamptz)

-- name: change_certificates
-- The certificates that a batch changed. They are locked. What an issue sets, an activation sets later.
UPDATE certificates c
SET class_of_value = new.class_of_value, funding = new.funding, order_number = new.order_number, issued_at = new.issued_at, active_at = new.active_at, status = new.status, balance = new.balance, held = new.held, gratuity_balance = new.gratuity_balance,
    gratuity_held = new.gratuity_held, good_through = new.good_through, expires_at = new.expires_at, seq = new.seq,
    lots = new.lots, redeemed_at = nullif(new.redeemed_at, '{}'), head = decode(new.head, 'base64'), effective_at = new.effective_at, recorded_at = new.recorded_at
FROM json_to_recordset($1::json) AS new (merchant_id uuid, certificate_id uuid, class_of_value text, funding text, order_number text,
    issued_at timestamptz, active_at timestamptz, status text, balance bigint, held bigint,
    gratuity_balance bigint, gratuity_held bigint, good_through date, expires_at timestamptz, seq integer, lots jsonb,
    redeemed_at timestamptz[], head text, effective_at timestamptz, recorded_at timestamptz)
WHERE c.merchant_id = new.merchant_id AND c.certificate_id = new.certificate_id

-- name: write_journal
-- The journal rows of a batch.
INSERT INTO journal (merchant_id, subject_id, subject_kind, seq, operation_id, line, kind, leg, currency, debit, credit, amount,
    held_change, balance_after, held_after, gratuity_after, gratuity_held_after, status_after, good_through_after, expires_at_after,
    hold_ends_at, class_of_value, offering_id, partner_id, refcode, order_number, tax_kind, home_location_id, lot_id,
    lot_face_after, lot_gratuity_after, lot_discount_after, lot_included_tax_after, lot_added_tax_after, books_sale,
    legal_entity_id, location_id, device_id, entry_mode, party_id, open_item_kind, open_item_id, tax_country, tax_rate_ppm,
    taxable_amount, tax_amount, tax_point, refers_to, reason, actor, fingerprint, fingerprint_key, memo_hash, claimed_at,
    effective_at, recorded_at, booked_on, hash_format, hash)
SELECT merchant_id, subject_id, subject_kind, seq, operation_id, line, kind, leg, currency, debit, credit, amount, held_change,
    balance_after, held_after, gratuity_after, gratuity_held_after, status_after, good_through_after, expires_at_after,
    hold_ends_at, class_of_value, offering_id, partner_id, refcode, order_number, tax_kind, home_location_id, lot_id,
    lot_face_after, lot_gratuity_after, lot_discount_after, lot_included_tax_after, lot_added_tax_after, books_sale,
    legal_entity_id, location_id, device_id, entry_mode, party_id, open_item_kind, open_item_id, tax_country, tax_rate_ppm,
    taxable_amount, tax_amount, tax_point, refers_to, reason, actor, decode(fingerprint, 'base64'), fingerprint_key,
    decode(memo_hash, 'base64'), claimed_at, effective_at, recorded_at, booked_on, hash_format, decode(hash, 'base64')
FROM json_to_recordset($1::json) AS new (merchant_id uuid, subject_id uuid, subject_kind text, seq integer, operation_id uuid,
    line smallint, kind text, leg text, currency text, debit text, credit text, amount bigint, held_change bigint, balance_after
    bigint, held_after bigint, gratuity_after bigint, gratuity_held_after bigint, status_after text, good_through_after date,
    expires_at_after timestamptz, hold_ends_at timestamptz, class_of_value text, offering_id uuid, partner_id uuid, refcode text,
    order_number text, tax_kind text, home_location_id uuid, lot_id uuid, lot_face_after bigint, lot_gratuity_after bigint,
    lot_discount_after bigint, lot_included_tax_after bigint, lot_added_tax_after bigint, books_sale text, legal_entity_id uuid,
    location_id uuid, device_id uuid, entry_mode text, party_id uuid, open_item_kind text, open_item_id uuid, tax_country text,
    tax_rate_ppm integer, taxable_amount bigint, tax_amount bigint, tax_point date, refers_to uuid, reason text, actor text,
    fingerprint text, fingerprint_key text, memo_hash text, claimed_at timestamptz, effective_at timestamptz, recorded_at
    timestamptz, booked_on date, hash_format smallint, hash text)

-- name: write_memos
-- What was said beside the operations of a batch.
INSERT INTO journal_memos (merchant_id, operation_id, memo_hash, salt, memo)
SELECT merchant_id, operation_id, decode(memo_hash, 'base64'), decode(salt, 'base64'), memo
FROM json_to_recordset($1::json) AS new (merchant_id uuid, operation_id uuid, memo_hash text, salt text, memo text)

-- name: successors
-- The certificates that value of some others went on to.
SELECT DISTINCT j.refers_to
FROM journal j
WHERE j.merchant_id = $1 AND j.subject_id = ANY($2::uuid[]) AND j.kind = 'transfer'
    AND j.debit IN ('certificates_outstanding', 'promotional_outstanding')

-- name: erase_memos
-- Erase what was said beside the operations on some certificates, and beside refunds that were paid for them.
UPDATE journal_memos m SET memo = NULL, salt = NULL
WHERE m.merchant_id = $1 AND m.memo IS NOT NULL AND m.operation_id IN (
    SELECT j.operation_id FROM journal j
    WHERE j.merchant_id = $1 AND j.subject_id = ANY($2::uuid[]) AND j.memo_hash IS NOT NULL
    UNION ALL
    SELECT j.operation_id FROM journal j
    WHERE j.merchant_id = $1 AND j.refers_to = ANY($2::uuid[]) AND j.kind = 'pay_refund' AND j.memo_hash IS NOT NULL
)
RETURNING m.operation_id

-- name: write_holds
-- The holds that a batch placed, captured or released.
INSERT INTO holds (merchant_id, hold_id, certificate_id, status, amount, gratuity, placed_at, expires_at)
SELECT merchant_id, hold_id, certificate_id, status, amount, gratuity, placed_at, expires_at
FROM json_to_recordset($1::json) AS new (merchant_id uuid, hold_id uuid, certificate_id uuid, status text, amount bigint,
    gratuity bigint, placed_at timestamptz, expires_at timestamptz)
ON CONFLICT (merchant_id, hold_id) DO UPDATE SET status = excluded.status

-- name: statement
-- The whole journal of one certificate, oldest first.
SELECT j.*, m.memo
FROM journal j
LEFT JOIN journal_memos m ON m.merchant_id = j.merchant_id AND m.operation_id = j.operation_id AND m.memo_hash = j.memo_hash
WHERE j.merchant_id = $1 AND j.subject_id = $2
ORDER BY j.seq

-- name: settlements
-- What `settle` rows of certificates have taken out of the clearing account for each refund that is named, and put back, by certificate and
-- by the account on the other side.
SELECT
    refers_to,
    subject_id AS certificate_id,
    CASE WHEN debit = 'gateway_clearing' THEN credit ELSE debit END AS account,
    coalesce(sum(amount) FILTER (WHERE credit = 'gateway_clearing'), 0)::bigint AS settled,
    coalesce(sum(amount) FILTER (WHERE debit = 'gateway_clearing'), 0)::bigint AS taken_back
FROM journal
WHERE merchant_id = $1 AND subject_id = ANY($2::uuid[]) AND kind = 'settle' AND refers_to IS NOT NULL
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
    WHERE j.merchant_id = c.merchant_id AND j.subject_id = c.certificate_id AND j.kind = 'expire'
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
SELECT c.merchant_id, c.certificate_id, c.currency, c.class_of_value, c.funding, c.status, c.balance, c.held, c.gratuity_balance,
    c.gratuity_held, c.good_through, c.expires_at, c.order_number, c.seq, c.issued_at, c.active_at, c.lots, c.redeemed_at, c.head, c.effective_at,
    c.recorded_at
FROM certificates c
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
SELECT certificate_id, order_number, status, CASE WHEN status <> 'inactive' THEN class_of_value END AS class_of_value, currency, balance, held,
    gratuity_balance, gratuity_held, issued_at, good_through, CASE WHEN status <> 'inactive' THEN funding END AS funding
FROM certificates
WHERE merchant_id = $1
    AND ($2::timestamptz IS NULL OR issued_at >= $2)
    AND ($3::timestamptz IS NULL OR issued_at < $3)
    AND ($4::text IS NULL OR status = $4)
ORDER BY issued_at, certificate_id

-- name: journal_dataset
-- The rows of the dataset `journal`, by when they were written; nulls leave a filter out.
SELECT j.booked_on, j.recorded_at, j.effective_at, j.subject_kind, j.subject_id, j.seq, j.kind, j.leg, j.debit, j.credit, j.currency, j.amount,
    j.held_change, j.balance_after, j.held_after, j.gratuity_after, j.gratuity_held_after, j.status_after, j.location_id, j.legal_entity_id,
    j.reason, j.actor, m.memo, j.operation_id, j.line, j.refers_to,
    CASE WHEN j.tax_amount IS NOT NULL THEN j.tax_kind END AS tax_kind, j.tax_country, j.tax_rate_ppm, j.taxable_amount, j.tax_amount, j.tax_point
FROM journal j
LEFT JOIN journal_memos m ON m.merchant_id = j.merchant_id AND m.operation_id = j.operation_id AND m.memo_hash = j.memo_hash
WHERE j.merchant_id = $1
    AND ($2::timestamptz IS NULL OR j.recorded_at >= $2)
    AND ($3::timestamptz IS NULL OR j.recorded_at < $3)
ORDER BY j.recorded_at, j.subject_id, j.seq

-- name: redemptions_dataset
-- What was spent: one row for each redemption or captured hold, its pots beside each other; nulls leave a filter out. LIMIT 1 keeps the join
-- one by key, also for a merchant that statistics do not know.
SELECT
    min(spent.recorded_at) AS recorded_at, spent.booked_on, spent.location_id, spent.device_id, spent.subject_id AS certificate_id, min(spent.seq) AS seq, c.order_number, spent.kind,
    spent.currency, spent.operation_id, min(spent.actor) AS actor, c.tax_kind,
    string_agg(DISTINCT trim_scale(spent.tax_rate_ppm / 10000.0)::text, ' ') FILTER (WHERE spent.leg = 'tax_due') AS tax_rates,
    sum(spent.taxable_amount) FILTER (WHERE spent.leg = 'tax_due')::bigint AS taxable,
    sum(spent.tax_amount) FILTER (WHERE spent.leg = 'tax_due')::bigint AS tax,
    (SELECT min(m.memo) FROM journal_memos m WHERE m.merchant_id = $1 AND m.operation_id = spent.operation_id) AS memo,
    coalesce(sum(spent.amount) FILTER (WHERE spent.leg = 'value'), 0)::bigint AS value,
    coalesce(sum(spent.amount) FILTER (WHERE spent.leg = 'gratuity'), 0)::bigint AS gratuity,
    coalesce(sum(spent.amount) FILTER (WHERE spent.leg = 'value' AND spent.debit = 'promotional_outstanding'), 0)::bigint AS given_away,
    EXISTS (
        SELECT 1 FROM journal undone
        WHERE undone.merchant_id = $1 AND undone.refers_to = spent.operation_id
            AND undone.subject_id = spent.subject_id AND undone.kind = 'reverse'
    ) AS reversed
FROM journal spent
LEFT JOIN LATERAL (
    SELECT order_number, lots -> 0 -> 'treatment' ->> 'kind' AS tax_kind FROM certificates
    WHERE certificates.merchant_id = spent.merchant_id AND certificates.certificate_id = spent.subject_id
    LIMIT 1
) AS c ON true
WHERE spent.merchant_id = $1
    AND spent.kind IN ('redeem', 'capture')
    AND ($2::timestamptz IS NULL OR spent.recorded_at >= $2)
    AND ($3::timestamptz IS NULL OR spent.recorded_at < $3)
GROUP BY spent.subject_id, spent.operation_id, spent.kind, spent.currency, spent.booked_on, spent.location_id, spent.device_id,
    c.order_number, c.tax_kind
ORDER BY min(spent.recorded_at), spent.subject_id, min(spent.seq)
