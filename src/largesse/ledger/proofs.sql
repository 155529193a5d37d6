-- name: hash_differences
-- Journal rows whose hash is not that of the row before it and of what they say (docs/internals/row-format.md, format 1).
SELECT merchant_id, subject_id::text AS subject, 'journal row ' || seq || ' is not what its hash was made of, or does not follow in the chain' AS finding
FROM (
    SELECT
        merchant_id, subject_id, seq, hash, hash_format,
        lag(hash, 1, sha256(convert_to('largesse/journal', 'UTF8') || uuid_send(merchant_id) || uuid_send(subject_id))) OVER chain AS hash_before,
            coalesce('\x00000010'::bytea || uuid_send(merchant_id), '\xffffffff')
            || coalesce('\x00000010'::bytea || uuid_send(subject_id), '\xffffffff')
            || coalesce(int4send(octet_length(convert_to(subject_kind, 'UTF8'))) || convert_to(subject_kind, 'UTF8'), '\xffffffff')
            || coalesce('\x00000008'::bytea || int8send(seq::bigint), '\xffffffff')
            || coalesce('\x00000010'::bytea || uuid_send(operation_id), '\xffffffff')
            || coalesce('\x00000008'::bytea || int8send(line::bigint), '\xffffffff')
            || coalesce(int4send(octet_length(convert_to(kind, 'UTF8'))) || convert_to(kind, 'UTF8'), '\xffffffff')
            || coalesce(int4send(octet_length(convert_to(leg, 'UTF8'))) || convert_to(leg, 'UTF8'), '\xffffffff')
            || coalesce(int4send(octet_length(convert_to(currency, 'UTF8'))) || convert_to(currency, 'UTF8'), '\xffffffff')
            || coalesce(int4send(octet_length(convert_to(debit, 'UTF8'))) || convert_to(debit, 'UTF8'), '\xffffffff')
            || coalesce(int4send(octet_length(convert_to(credit, 'UTF8'))) || convert_to(credit, 'UTF8'), '\xffffffff')
            || coalesce('\x00000008'::bytea || int8send(amount::bigint), '\xffffffff')
            || coalesce('\x00000008'::bytea || int8send(held_change::bigint), '\xffffffff')
            || coalesce('\x00000008'::bytea || int8send(balance_after::bigint), '\xffffffff')
            || coalesce('\x00000008'::bytea || int8send(held_after::bigint), '\xffffffff')
            || coalesce('\x00000008'::bytea || int8send(gratuity_after::bigint), '\xffffffff')
            || coalesce('\x00000008'::bytea || int8send(gratuity_held_after::bigint), '\xffffffff')
            || coalesce(int4send(octet_length(convert_to(status_after, 'UTF8'))) || convert_to(status_after, 'UTF8'), '\xffffffff')
            || coalesce('\x0000000a'::bytea || convert_to(to_char(good_through_after, 'YYYY-MM-DD'), 'UTF8'), '\xffffffff')
            || coalesce('\x00000008'::bytea || int8send((extract(epoch FROM expires_at_after) * 1000000)::bigint), '\xffffffff')
            || coalesce('\x00000008'::bytea || int8send((extract(epoch FROM hold_ends_at) * 1000000)::bigint), '\xffffffff')
            || coalesce(int4send(octet_length(convert_to(class_of_value, 'UTF8'))) || convert_to(class_of_value, 'UTF8'), '\xffffffff')
            || coalesce('\x00000010'::bytea || uuid_send(offering_id), '\xffffffff')
            || coalesce('\x00000010'::bytea || uuid_send(partner_id), '\xffffffff')
            || coalesce(int4send(octet_length(convert_to(refcode, 'UTF8'))) || convert_to(refcode, 'UTF8'), '\xffffffff')
            || coalesce(int4send(octet_length(convert_to(order_number, 'UTF8'))) || convert_to(order_number, 'UTF8'), '\xffffffff')
            || coalesce(int4send(octet_length(convert_to(tax_kind, 'UTF8'))) || convert_to(tax_kind, 'UTF8'), '\xffffffff')
            || coalesce('\x00000010'::bytea || uuid_send(home_location_id), '\xffffffff')
            || coalesce('\x00000010'::bytea || uuid_send(lot_id), '\xffffffff')
            || coalesce('\x00000008'::bytea || int8send(lot_face_after::bigint), '\xffffffff')
            || coalesce('\x00000008'::bytea || int8send(lot_gratuity_after::bigint), '\xffffffff')
            || coalesce('\x00000008'::bytea || int8send(lot_discount_after::bigint), '\xffffffff')
            || coalesce('\x00000008'::bytea || int8send(lot_included_tax_after::bigint), '\xffffffff')
            || coalesce('\x00000008'::bytea || int8send(lot_added_tax_after::bigint), '\xffffffff')
            || coalesce(int4send(octet_length(convert_to(books_sale, 'UTF8'))) || convert_to(books_sale, 'UTF8'), '\xffffffff')
            || coalesce('\x00000010'::bytea || uuid_send(legal_entity_id), '\xffffffff')
            || coalesce('\x00000010'::bytea || uuid_send(location_id), '\xffffffff')
            || coalesce('\x00000010'::bytea || uuid_send(device_id), '\xffffffff')
            || coalesce(int4send(octet_length(convert_to(entry_mode, 'UTF8'))) || convert_to(entry_mode, 'UTF8'), '\xffffffff')
            || coalesce('\x00000010'::bytea || uuid_send(party_id), '\xffffffff')
            || coalesce(int4send(octet_length(convert_to(open_item_kind, 'UTF8'))) || convert_to(open_item_kind, 'UTF8'), '\xffffffff')
            || coalesce('\x00000010'::bytea || uuid_send(open_item_id), '\xffffffff')
            || coalesce(int4send(octet_length(convert_to(tax_country, 'UTF8'))) || convert_to(tax_country, 'UTF8'), '\xffffffff')
            || coalesce('\x00000008'::bytea || int8send(tax_rate_ppm::bigint), '\xffffffff')
            || coalesce('\x00000008'::bytea || int8send(taxable_amount::bigint), '\xffffffff')
            || coalesce('\x00000008'::bytea || int8send(tax_amount::bigint), '\xffffffff')
            || coalesce('\x0000000a'::bytea || convert_to(to_char(tax_point, 'YYYY-MM-DD'), 'UTF8'), '\xffffffff')
            || coalesce('\x00000010'::bytea || uuid_send(refers_to), '\xffffffff')
            || coalesce(int4send(octet_length(convert_to(reason, 'UTF8'))) || convert_to(reason, 'UTF8'), '\xffffffff')
            || coalesce(int4send(octet_length(convert_to(actor, 'UTF8'))) || convert_to(actor, 'UTF8'), '\xffffffff')
            || coalesce(int4send(octet_length(fingerprint)) || fingerprint, '\xffffffff')
            || coalesce(int4send(octet_length(convert_to(fingerprint_key, 'UTF8'))) || convert_to(fingerprint_key, 'UTF8'), '\xffffffff')
            || coalesce(int4send(octet_length(memo_hash)) || memo_hash, '\xffffffff')
            || coalesce('\x00000008'::bytea || int8send((extract(epoch FROM claimed_at) * 1000000)::bigint), '\xffffffff')
            || coalesce('\x00000008'::bytea || int8send((extract(epoch FROM effective_at) * 1000000)::bigint), '\xffffffff')
            || coalesce('\x00000008'::bytea || int8send((extract(epoch FROM recorded_at) * 1000000)::bigint), '\xffffffff')
            || coalesce('\x0000000a'::bytea || convert_to(to_char(booked_on, 'YYYY-MM-DD'), 'UTF8'), '\xffffffff')
            AS canonical
    FROM journal
    WINDOW chain AS (PARTITION BY merchant_id, subject_id ORDER BY seq)
) AS walked
WHERE hash_format <> 1 OR hash <> sha256(hash_before || canonical)

-- name: memo_differences
-- Journal rows whose memo is not the one that they were written with; one that was erased proves nothing any more.
SELECT j.merchant_id, j.subject_id::text AS subject, 'the memo of journal row ' || j.seq || ' is another than it was written with' AS finding
FROM journal j
LEFT JOIN journal_memos m ON m.merchant_id = j.merchant_id AND m.operation_id = j.operation_id AND m.memo_hash = j.memo_hash
WHERE j.memo_hash IS NOT NULL
    AND (m.operation_id IS NULL OR (m.memo IS NOT NULL AND j.memo_hash <> sha256(m.salt || convert_to(m.memo, 'UTF8'))))

-- name: time_differences
-- Journal rows that were recorded or took effect before the row before them.
SELECT merchant_id, subject_id::text AS subject, 'journal row ' || seq || ' is older than the row before it' AS finding
FROM (
    SELECT
        merchant_id, subject_id, seq, recorded_at, effective_at,
        lag(recorded_at) OVER chain AS recorded_before,
        lag(effective_at) OVER chain AS effective_before
    FROM journal
    WINDOW chain AS (PARTITION BY merchant_id, subject_id ORDER BY seq)
) AS walked
WHERE recorded_at < recorded_before OR effective_at < effective_before

-- name: tax_differences
-- Journal rows that tell of another tax than they book, or not what it is computed from.
SELECT merchant_id, subject_id::text AS subject, 'journal row ' || seq || ' tells of another tax than it books' AS finding
FROM journal
WHERE tax_amount <> coalesce(amount, 0)
    OR num_nulls(tax_amount, taxable_amount, tax_rate_ppm) NOT IN (0, 3)

-- name: chain_differences
-- Journal rows that do not follow from the row before: a gap in seq, balances that the movement does not explain, or a last good day that
-- another kind of row than an activation or an extension moved. Rows from before the journal told the last good day are not compared.
SELECT merchant_id, subject_id::text AS subject, 'journal row ' || seq || ' does not follow from the row before it' AS finding
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
        CASE WHEN credit IN ('certificates_outstanding', 'promotional_outstanding') THEN amount ELSE 0 END
            - CASE WHEN debit IN ('certificates_outstanding', 'promotional_outstanding') THEN amount ELSE 0 END AS movement
    FROM journal
    WINDOW chain AS (PARTITION BY merchant_id, subject_id ORDER BY seq)
) AS walked
WHERE seq <> seq_before + 1
    OR balance_after <> balance_before + CASE WHEN leg IN ('value', 'discount') THEN movement ELSE 0 END
    OR gratuity_after <> gratuity_before + CASE WHEN leg = 'gratuity' THEN movement ELSE 0 END
    OR held_after <> held_before + CASE WHEN leg = 'value' THEN held_change ELSE 0 END
    OR gratuity_held_after <> gratuity_held_before + CASE WHEN leg = 'gratuity' THEN held_change ELSE 0 END
    OR (kind NOT IN ('extend', 'activate') AND status_before IS NOT NULL
        AND (good_through_after, expires_at_after) IS DISTINCT FROM (good_through_before, expires_at_before))

-- name: lot_differences
-- Journal rows whose lot does not follow from its row before on the same certificate, or is below zero; and certificates whose lots are not
-- where their last rows say, or do not add up to the balances. What was converted is where a migration put it. No account moves for added tax
-- that comes back with value: it is what the rows that are undone took, or the last one before it in its transfer that took from this lot; where a
-- bundle used it several times, each row undoes the one of its turn.
SELECT merchant_id, subject_id::text AS subject, 'the lot of journal row ' || seq || ' does not follow from its row before' AS finding
FROM (
    SELECT
        *,
        lag(lot_face_after, 1, 0::bigint) OVER lots AS face_before,
        lag(lot_gratuity_after, 1, 0::bigint) OVER lots AS gratuity_before,
        lag(lot_discount_after, 1, 0::bigint) OVER lots AS discount_before,
        lag(lot_included_tax_after, 1, 0::bigint) OVER lots AS included_before,
        lag(lot_added_tax_after, 1, 0::bigint) OVER lots AS added_before,
        CASE WHEN credit IN ('certificates_outstanding', 'promotional_outstanding') THEN amount ELSE 0 END
            - CASE WHEN debit IN ('certificates_outstanding', 'promotional_outstanding') THEN amount ELSE 0 END AS movement,
        CASE 'discount_on_outstanding' WHEN debit THEN amount WHEN credit THEN -amount ELSE 0 END AS discount_movement,
        CASE 'tax_on_outstanding' WHEN debit THEN amount WHEN credit THEN -amount ELSE 0 END AS tax_movement,
        row_number() OVER (alike ORDER BY seq) AS turn,
        count(*) OVER alike AS times
    FROM journal
    WHERE lot_id IS NOT NULL
    WINDOW alike AS (PARTITION BY merchant_id, subject_id, lot_id, operation_id, kind, leg), lots AS (PARTITION BY merchant_id, subject_id, lot_id ORDER BY seq)
) AS walked
WHERE lot_face_after IS DISTINCT FROM face_before + CASE WHEN leg IN ('value', 'discount') THEN movement ELSE 0 END
    OR lot_gratuity_after IS DISTINCT FROM gratuity_before + CASE WHEN leg = 'gratuity' THEN movement ELSE 0 END
    OR lot_discount_after IS DISTINCT FROM discount_before + discount_movement
    OR lot_included_tax_after IS DISTINCT FROM included_before + tax_movement
    OR (kind <> 'convert' AND lot_added_tax_after IS DISTINCT FROM CASE
        WHEN leg = 'added_tax' AND kind IN ('issue', 'activate', 'reload') THEN added_before + amount
        WHEN leg = 'added_tax' THEN added_before - amount
        WHEN leg = 'value' AND debit = 'certificates_outstanding'
            AND (kind IN ('redeem', 'capture', 'expire', 'adjust', 'transfer', 'cash_out', 'hand_over')
                OR (kind = 'void' AND credit IN ('write_offs', 'breakage', 'promotions')))
            THEN CASE WHEN lot_face_after = 0 THEN 0
                ELSE added_before - div(2 * added_before::numeric * amount + face_before, nullif(2 * face_before, 0)) END
        -- a till takes and gives back its tax with the price; that of an import came with it, but for one of before, whose tax has a row
        WHEN leg = 'value' AND kind IN ('issue', 'activate', 'reload', 'refund', 'undo_reload', 'void') AND 'tender_clearing' IN (debit, credit)
            THEN lot_added_tax_after
        WHEN leg = 'value' AND kind IN ('issue', 'activate', 'reload') AND debit = 'opening_balances' THEN lot_added_tax_after
        WHEN leg = 'value' AND kind IN ('undo_reload', 'void') AND credit = 'opening_balances'
            THEN CASE WHEN lot_added_tax_after = 0 THEN 0 ELSE added_before END
        WHEN leg = 'value' AND kind IN ('reverse', 'reinstate', 'transfer') THEN added_before + (
            SELECT coalesce(sum(took.added_tax), 0)
            FROM (
                SELECT (
                    SELECT earlier.lot_added_tax_after
                    FROM journal earlier
                    WHERE earlier.merchant_id = taken.merchant_id AND earlier.subject_id = taken.subject_id AND earlier.lot_id = taken.lot_id
                        AND earlier.seq < taken.seq
                    ORDER BY earlier.seq DESC
                    LIMIT 1
                ) - taken.lot_added_tax_after AS added_tax
                FROM journal taken
                WHERE taken.merchant_id = walked.merchant_id AND taken.lot_id = walked.lot_id AND taken.leg = 'value'
                    AND taken.debit = 'certificates_outstanding'
                    AND taken.subject_id = CASE WHEN walked.kind = 'transfer' THEN walked.refers_to ELSE walked.subject_id END
                    AND taken.operation_id = CASE WHEN walked.kind = 'transfer' THEN walked.operation_id ELSE walked.refers_to END
                    AND (walked.kind <> 'transfer' OR taken.line < walked.line)
                    AND taken.kind = ANY (CASE walked.kind WHEN 'reverse' THEN ARRAY['redeem', 'capture']
                        WHEN 'reinstate' THEN ARRAY['expire'] ELSE ARRAY['transfer'] END)
                ORDER BY CASE WHEN walked.kind = 'transfer' THEN -taken.line ELSE taken.line END
                LIMIT CASE WHEN walked.kind = 'transfer' OR walked.times > 1 THEN 1 END
                OFFSET CASE WHEN walked.kind <> 'transfer' AND walked.times > 1 THEN walked.turn - 1 ELSE 0 END
            ) AS took
        )
        ELSE added_before END)
    OR least(lot_face_after, lot_gratuity_after, lot_discount_after, lot_included_tax_after, lot_added_tax_after) < 0
UNION ALL
SELECT c.merchant_id, c.certificate_id::text, 'the lots of the certificate are not where its journal left them, or do not add up to it'
FROM certificates c
LEFT JOIN LATERAL (
    SELECT
        jsonb_object_agg(last.lot_id, jsonb_build_array(last.lot_face_after, last.lot_gratuity_after, last.lot_discount_after,
            last.lot_included_tax_after, last.lot_added_tax_after)) AS stands,
        count(*) AS count,
        sum(last.lot_face_after) AS face,
        sum(last.lot_gratuity_after) AS gratuity
    FROM (
        SELECT DISTINCT ON (j.lot_id) j.* FROM journal j
        WHERE j.merchant_id = c.merchant_id AND j.subject_id = c.certificate_id AND j.lot_id IS NOT NULL
        ORDER BY j.lot_id, j.seq DESC
    ) AS last
) AS told ON true
LEFT JOIN LATERAL (
    SELECT jsonb_object_agg(lot ->> 'lot_id', jsonb_build_array(coalesce((lot ->> 'face')::bigint, 0), coalesce((lot ->> 'gratuity')::bigint, 0),
        coalesce((lot ->> 'discount')::bigint, 0), coalesce((lot ->> 'included_tax')::bigint, 0), coalesce((lot ->> 'added_tax')::bigint, 0))) AS stands
    FROM jsonb_array_elements(c.lots) AS lot
) AS kept ON true
WHERE told.stands IS DISTINCT FROM kept.stands OR told.count <> jsonb_array_length(c.lots)
    OR coalesce(told.face, 0) <> c.balance OR coalesce(told.gratuity, 0) <> c.gratuity_balance

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
            WHEN bool_or(kind IN ('void', 'cash_out') OR replaced) OVER chain THEN 'void'
            WHEN bool_or(kind = 'hand_over') OVER chain THEN 'handed_over'
            WHEN bool_or(kind = 'prepare') OVER chain AND NOT bool_or(kind = 'activate') OVER chain THEN 'inactive'
            WHEN coalesce(max(seq) FILTER (WHERE kind = 'expire') OVER chain, 0)
                > coalesce(max(seq) FILTER (WHERE kind = 'reinstate') OVER chain, 0) THEN 'expired'
            WHEN coalesce(max(seq) FILTER (WHERE kind = 'block') OVER chain, 0)
                > coalesce(max(seq) FILTER (WHERE kind = 'unblock') OVER chain, 0) THEN 'blocked'
            ELSE 'active'
        END AS folded
    FROM (
        SELECT
            j.merchant_id, j.subject_id AS certificate_id, j.seq, j.kind, j.status_after,
            j.kind = 'transfer' AND j.debit IN ('certificates_outstanding', 'promotional_outstanding') AND EXISTS (
                SELECT 1 FROM journal began
                WHERE began.merchant_id = j.merchant_id AND began.subject_id = j.refers_to AND began.seq = 1
                    AND began.operation_id = j.operation_id
            ) AS replaced
        FROM journal j
        WHERE j.subject_kind = 'certificate'
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
    'the certificate says ' || CASE WHEN c.seq IS NULL THEN 'nothing' ELSE format('%s + %s %s, held %s + %s, at row %s, %s until %s, of %s, hash %s',
            c.balance, c.gratuity_balance, c.currency, c.held, c.gratuity_held, c.seq, c.status, coalesce(c.good_through::text, 'for ever'),
            c.recorded_at, left(encode(c.head, 'hex'), 12)) END
        || '; its journal ' || CASE WHEN j.seq IS NULL THEN 'nothing' ELSE format('%s + %s %s, held %s + %s, at row %s, %s until %s, of %s, hash %s',
            j.balance_after, j.gratuity_after, j.currency, j.held_after, j.gratuity_held_after, j.seq, coalesce(j.status_after, 'unsaid'),
            coalesce(j.good_through_after::text, 'for ever'), j.recorded_at, left(encode(j.hash, 'hex'), 12)) END
        AS finding
FROM certificates c
FULL JOIN (
    SELECT DISTINCT ON (merchant_id, subject_id) *, subject_id AS certificate_id
    FROM journal
    WHERE subject_kind = 'certificate'
    ORDER BY merchant_id, subject_id, seq DESC
) AS j USING (merchant_id, certificate_id)
WHERE (c.seq, c.currency, c.balance, c.held, c.gratuity_balance, c.gratuity_held, c.head, c.effective_at, c.recorded_at)
    IS DISTINCT FROM (j.seq, j.currency, j.balance_after, j.held_after, j.gratuity_after, j.gratuity_held_after, j.hash, j.effective_at,
        j.recorded_at)
    OR (j.status_after IS NOT NULL
        AND (c.status, c.good_through, c.expires_at) IS DISTINCT FROM (j.status_after, j.good_through_after, j.expires_at_after))

-- name: posting_differences
-- Journal rows that no command may write for a certificate of that class and a lot of that source ($1: every one that some command may).
SELECT
    j.merchant_id,
    j.subject_id::text AS subject,
    format('journal row %s is no %s of a %s certificate paid by %s: %s < %s', j.seq, j.kind, c.class_of_value,
        coalesce(lot.source, 'nobody'), coalesce(j.debit, 'nothing'), coalesce(j.credit, 'nothing')) AS finding
FROM journal j
JOIN certificates c ON c.merchant_id = j.merchant_id AND j.subject_kind = 'certificate' AND c.certificate_id = j.subject_id
LEFT JOIN LATERAL (
    SELECT one ->> 'source' AS source FROM jsonb_array_elements(c.lots) AS one WHERE one ->> 'lot_id' = j.lot_id::text LIMIT 1
) AS lot ON j.lot_id IS NOT NULL
WHERE concat_ws(' ', coalesce(c.class_of_value, '-'), coalesce(lot.source, '-'), j.kind, coalesce(j.leg, '-'), coalesce(j.debit, '-'),
        coalesce(j.credit, '-')) <> ALL ($1::text[])

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
-- Merchants and currencies whose trial balance does not sum to zero, whose clearing account is not empty, or whose liability, what stands
-- against it, and what was given away and stands outside of it, are not what the certificates and their lots add up to.
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
        coalesce(sum(amount) FILTER (WHERE account = 'between_entities'), 0) AS between_entities,
        -coalesce(sum(amount) FILTER (WHERE account = 'certificates_outstanding'), 0) AS liability,
        -coalesce(sum(amount) FILTER (WHERE account = 'promotional_outstanding'), 0) AS given,
        coalesce(sum(amount) FILTER (WHERE account = 'promotions_granted'), 0) AS granted,
        coalesce(sum(amount) FILTER (WHERE account = 'discount_on_outstanding'), 0) AS discount,
        coalesce(sum(amount) FILTER (WHERE account = 'tax_on_outstanding'), 0) AS tax
    FROM postings
    GROUP BY merchant_id, currency
), outstanding AS (
    SELECT
        c.merchant_id,
        c.currency,
        coalesce(sum(c.balance + c.gratuity_balance) FILTER (WHERE c.class_of_value <> 'promotional'), 0) AS liability,
        coalesce(sum(c.balance + c.gratuity_balance) FILTER (WHERE c.class_of_value = 'promotional'), 0) AS given,
        coalesce(sum(lots.discount), 0) AS discount,
        coalesce(sum(lots.tax), 0) AS tax
    FROM certificates c
    LEFT JOIN LATERAL (
        SELECT sum((lot ->> 'discount')::bigint) AS discount, sum((lot ->> 'included_tax')::bigint) AS tax
        FROM jsonb_array_elements(c.lots) AS lot
    ) AS lots ON true
    GROUP BY c.merchant_id, c.currency
)
SELECT
    merchant_id,
    currency AS subject,
    format('trial balance %s, transfers %s, between entities %s, liability %s against certificates of %s, '
        'given away %s and granted %s against certificates of %s, discount on it %s against lots of %s, tax on it %s against %s',
        coalesce(b.total, 0), coalesce(b.transfers, 0), coalesce(b.between_entities, 0), coalesce(b.liability, 0), coalesce(o.liability, 0),
        coalesce(b.given, 0), coalesce(b.granted, 0), coalesce(o.given, 0), coalesce(b.discount, 0), coalesce(o.discount, 0),
        coalesce(b.tax, 0), coalesce(o.tax, 0)) AS finding
FROM books b
FULL JOIN outstanding o USING (merchant_id, currency)
WHERE coalesce(b.total, 0) <> 0 OR coalesce(b.transfers, 0) <> 0 OR coalesce(b.between_entities, 0) <> 0
    OR (coalesce(b.liability, 0), coalesce(b.given, 0), coalesce(b.granted, 0), coalesce(b.discount, 0), coalesce(b.tax, 0))
        <> (coalesce(o.liability, 0), coalesce(o.given, 0), coalesce(o.given, 0), coalesce(o.discount, 0), coalesce(o.tax, 0))

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
