-- name: subject_differences
-- Subjects that do not stand where their last journal row says, and journal rows without a subject. One that has no row yet has no head.
SELECT
    merchant_id,
    subject_id::text AS subject,
    'the ' || coalesce(s.subject_kind, j.subject_kind) || ' says '
        || CASE WHEN s.seq IS NULL THEN 'nothing' ELSE format('row %s of %s, hash %s', s.seq, coalesce(s.recorded_at::text, 'never'),
            coalesce(left(encode(s.head, 'hex'), 12), 'none')) END
        || '; its journal '
        || CASE WHEN j.seq IS NULL THEN 'nothing' ELSE format('row %s of %s, hash %s, of a %s', j.seq, j.recorded_at,
            left(encode(j.hash, 'hex'), 12), j.subject_kind) END AS finding
FROM subjects s
FULL JOIN (
    SELECT DISTINCT ON (merchant_id, subject_id) merchant_id, subject_id, subject_kind, seq, hash, effective_at, recorded_at
    FROM journal
    WHERE subject_kind <> 'certificate'
    ORDER BY merchant_id, subject_id, seq DESC
) AS j USING (merchant_id, subject_id)
WHERE (s.subject_kind, s.seq, s.head, s.effective_at, s.recorded_at)
        IS DISTINCT FROM (j.subject_kind, j.seq, j.hash, j.effective_at, j.recorded_at)
    AND NOT (j.seq IS NULL AND s.seq = 0 AND s.head IS NULL AND s.effective_at IS NULL AND s.recorded_at IS NULL)

-- name: entry_differences
-- Journal rows of subjects that are no certificates which no command writes ($1: every posting that some command may write; $2: the accounts
-- that a manual entry may run between), that hold a balance, name an open item or tax they should not, or lack what they should.
SELECT merchant_id, subject_id::text AS subject,
    format('journal row %s is about a %s and no %s for %s: %s < %s', seq, subject_kind, kind, coalesce(reason, 'nothing'),
        coalesce(debit, 'nothing'), coalesce(credit, 'nothing')) AS finding
FROM journal
WHERE subject_kind <> 'certificate'
    AND (leg IS NOT NULL OR lot_id IS NOT NULL OR held_change <> 0
        OR (balance_after, held_after, gratuity_after, gratuity_held_after) <> (0, 0, 0, 0)
        OR tax_amount IS DISTINCT FROM CASE WHEN tax_rate_ppm IS NOT NULL THEN amount END
        OR CASE WHEN kind = 'manual_entry'
            THEN subject_kind <> 'merchant' OR debit <> ALL ($2::text[]) OR credit <> ALL ($2::text[]) OR debit = credit OR debit IS NULL
                OR reason IS NULL OR memo_hash IS NULL
            ELSE concat_ws(' ', subject_kind, kind, coalesce(reason, '-'), coalesce(debit, '-'), coalesce(credit, '-')) <> ALL ($1::text[])
                AND concat_ws(' ', subject_kind, kind, '*', coalesce(debit, '-'), coalesce(credit, '-')) <> ALL ($1::text[])
            END)

-- name: party_differences
-- Rows of partners' accounts that do not say whose, or say another than their lot does; what those of certificates from before they said it
-- come to was turned, so that nothing is left of it.
SELECT merchant_id, subject_id::text AS subject, format('journal row %s touches a partner''s account and does not say whose', seq) AS finding
FROM journal
WHERE party_id IS NULL AND (debit IN ('partner_receivable', 'partner_credit') OR credit IN ('partner_receivable', 'partner_credit'))
    AND subject_kind <> 'certificate'
UNION ALL
SELECT merchant_id, subject_id::text, format('rows of a partner''s account come to %s and do not say whose', sum(
        CASE WHEN debit IN ('partner_receivable', 'partner_credit') THEN amount ELSE -amount END))
FROM journal
WHERE party_id IS NULL AND (debit IN ('partner_receivable', 'partner_credit') OR credit IN ('partner_receivable', 'partner_credit'))
    AND subject_kind = 'certificate'
GROUP BY merchant_id, subject_id
HAVING sum(CASE WHEN debit IN ('partner_receivable', 'partner_credit') THEN amount ELSE -amount END) <> 0
UNION ALL
SELECT j.merchant_id, j.subject_id::text, format('journal row %s is of another partner than its lot', j.seq)
FROM journal j
JOIN certificates c ON c.merchant_id = j.merchant_id AND c.certificate_id = j.subject_id
JOIN LATERAL (
    SELECT one ->> 'party_id' AS party_id FROM jsonb_array_elements(c.lots) AS one WHERE one ->> 'lot_id' = j.lot_id::text
) AS lot ON true
WHERE j.party_id IS NOT NULL AND lot.party_id IS DISTINCT FROM j.party_id::text
UNION ALL
SELECT merchant_id, subject_id::text, format('journal row %s is of another partner than its chain', seq)
FROM journal
WHERE subject_kind = 'partner' AND party_id <> subject_id

-- name: between_differences
-- Operations on a certificate that leave something between legal entities, or have both sides of it in the books of one.
SELECT merchant_id, subject_id::text AS subject, format('operation %s leaves %s between legal entities, or all of it in one', operation_id,
    sum(CASE WHEN debit = 'between_entities' THEN amount ELSE -amount END)) AS finding
FROM journal
WHERE subject_kind = 'certificate' AND (debit = 'between_entities' OR credit = 'between_entities')
GROUP BY merchant_id, subject_id, operation_id
HAVING sum(CASE WHEN debit = 'between_entities' THEN amount ELSE -amount END) <> 0
    OR array_agg(DISTINCT legal_entity_id) FILTER (WHERE debit = 'between_entities')
        && array_agg(DISTINCT legal_entity_id) FILTER (WHERE credit = 'between_entities')

-- name: undo_differences
-- Rows that undo others and do not swap them, whole.
SELECT merchant_id, subject_id::text AS subject, format('journal row %s does not swap what it undoes', min(seq)) AS finding
FROM (
    SELECT merchant_id, subject_id, refers_to AS undone, seq, debit, credit, amount, currency, party_id, open_item_kind, open_item_id, 1 AS sign
    FROM journal
    WHERE kind IN ('unmatch', 'refund_failed', 'dispute_won')
    UNION ALL
    SELECT j.merchant_id, j.subject_id, j.operation_id, back.seq, j.credit, j.debit, j.amount, j.currency, j.party_id, j.open_item_kind,
        j.open_item_id, -1
    FROM journal j
    JOIN (
        SELECT merchant_id, subject_id, refers_to, kind, min(seq) AS seq
        FROM journal
        WHERE kind IN ('unmatch', 'refund_failed', 'dispute_won')
        GROUP BY merchant_id, subject_id, refers_to, kind
    ) AS back ON back.merchant_id = j.merchant_id AND back.subject_id = j.subject_id AND back.refers_to = j.operation_id
        AND j.kind = CASE back.kind WHEN 'unmatch' THEN 'match' WHEN 'refund_failed' THEN 'pay_refund' ELSE 'dispute_opened' END
) AS sides
GROUP BY merchant_id, subject_id, undone, debit, credit, amount, currency, party_id, open_item_kind, open_item_id
HAVING sum(sign) <> 0
