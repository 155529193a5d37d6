-- name: lot_fact_differences
-- Lots that say another payer, order, partner, offering, refcode, place, legal entity, filling, tax or first day than the rows that opened them, on whatever
-- certificate they are now. What a migration made a lot has none: its rows of before name no key of their fingerprints. A clock that was set back can have dated a row like the one before it;
-- what was brought from another system was first issued there.
WITH opened AS (
    SELECT
        merchant_id,
        lot_id,
        min(subject_id::text)::uuid AS subject_id,
        min(seq) AS seq,
        min(kind) AS kind,
        min(operation_id::text) AS filled_by,
        max(debit) FILTER (WHERE leg IN ('value', 'gratuity') AND credit IN ('certificates_outstanding', 'promotional_outstanding')) AS source,
        max(order_number) AS order_number,
        max(party_id::text) AS party_id,
        max(offering_id::text) AS offering_id,
        max(refcode) AS refcode,
        min(location_id::text) AS location_id,
        min(legal_entity_id::text) AS legal_entity_id,
        min(books_sale) AS books_sale,
        max(tax_kind) FILTER (WHERE tax_amount IS NOT NULL) AS tax_kind,
        max(tax_country) FILTER (WHERE tax_amount IS NOT NULL) AS tax_country,
        max(tax_rate_ppm) FILTER (WHERE tax_amount IS NOT NULL) AS tax_rate_ppm,
        min(recorded_at) AS recorded_at
    FROM journal
    WHERE lot_id IS NOT NULL AND subject_kind = 'certificate' AND fingerprint_key IS NOT NULL
        AND (kind IN ('issue', 'activate', 'reload')
            OR (kind = 'adjust' AND credit IN ('certificates_outstanding', 'promotional_outstanding')))
    GROUP BY merchant_id, lot_id
)
SELECT
    c.merchant_id,
    c.certificate_id::text AS subject,
    format('lot %s says %s, the rows that opened it: %s of %s for order %s and partner %s as %s of %s in operation %s at %s of %s, tax on %s, %s %s %s, on %s',
        o.lot_id, lot.one - 'face' - 'gratuity' - 'discount' - 'included_tax' - 'added_tax' - 'lot_id', o.kind, o.source,
        coalesce(o.order_number, 'none'), coalesce(o.party_id, 'none'), coalesce(o.offering_id, 'none'), coalesce(o.refcode, 'none'), o.filled_by, o.location_id, o.legal_entity_id, said.tax_account,
        coalesce(o.tax_kind, 'unsaid'), coalesce(o.tax_country, 'unsaid'), coalesce(o.tax_rate_ppm::text, 'unsaid'), o.recorded_at) AS finding
FROM certificates c
CROSS JOIN LATERAL (SELECT jsonb_array_elements(c.lots) AS one) AS lot
JOIN opened o ON o.merchant_id = c.merchant_id AND o.lot_id = (lot.one ->> 'lot_id')::uuid
CROSS JOIN LATERAL (SELECT CASE
    WHEN o.kind = 'adjust' THEN 'tax_payable'
    WHEN o.source = 'opening_balances' THEN 'opening_balances'
    WHEN o.books_sale = 'till' THEN 'tender_clearing'
    ELSE 'tax_payable' END AS tax_account) AS said
LEFT JOIN journal before ON before.merchant_id = o.merchant_id AND before.subject_id = o.subject_id AND before.seq = o.seq - 1
WHERE lot.one ->> 'source' IS DISTINCT FROM coalesce(o.source, lot.one ->> 'source')
    OR lot.one ->> 'order_number' IS DISTINCT FROM o.order_number
    OR (lot.one ->> 'offering_id', lot.one ->> 'refcode') IS DISTINCT FROM (o.offering_id, o.refcode)
    OR ((o.party_id IS NOT NULL OR o.source <> 'partner_receivable') AND lot.one ->> 'party_id' IS DISTINCT FROM o.party_id)
    OR coalesce(lot.one ->> 'tax_account', 'tax_payable') <> said.tax_account
    OR (o.tax_kind IS NOT NULL AND (
        coalesce(lot.one -> 'treatment' ->> 'kind', 'none') <> o.tax_kind
        OR lot.one -> 'treatment' ->> 'country' IS DISTINCT FROM o.tax_country
        OR coalesce((lot.one -> 'treatment' ->> 'rate')::numeric, 0) * 1000000 <> o.tax_rate_ppm))
    OR CASE WHEN o.kind = 'adjust'
        THEN lot.one ->> 'filled_by' IS NOT NULL OR lot.one ->> 'legal_entity_id' <> o.legal_entity_id
        ELSE (lot.one ->> 'filled_by', lot.one ->> 'location_id', lot.one ->> 'legal_entity_id')
            IS DISTINCT FROM (o.filled_by, o.location_id, o.legal_entity_id) END
    OR lot.one ->> 'first_issued_at' IS NULL
    OR NOT ((lot.one ->> 'first_issued_at')::timestamptz = o.recorded_at
        OR ((lot.one ->> 'first_issued_at')::timestamptz < o.recorded_at
            AND (before.recorded_at IS NOT DISTINCT FROM o.recorded_at OR o.source = 'opening_balances')))

-- name: certificate_fact_differences
-- Certificates that say another class, order, payer, day of issue, last use or kind of tax than the row that began them, or activated them, or used
-- them last. One that
-- replaced another has its payer. What rows of before do not tell is not compared.
WITH began AS (
    SELECT DISTINCT ON (merchant_id, subject_id) merchant_id, subject_id, seq, kind, class_of_value, order_number, tax_kind, refers_to, recorded_at
    FROM journal
    WHERE subject_kind = 'certificate' AND (seq = 1 OR (kind = 'activate' AND class_of_value IS NOT NULL))
    ORDER BY merchant_id, subject_id, seq DESC
), paid AS (
    SELECT merchant_id, subject_id, max(debit) AS source
    FROM journal
    WHERE kind IN ('issue', 'activate') AND leg IN ('value', 'gratuity') AND credit IN ('certificates_outstanding', 'promotional_outstanding')
    GROUP BY merchant_id, subject_id
)
SELECT
    c.merchant_id,
    c.certificate_id::text AS subject,
    format('the certificate says %s of order %s by %s, issued %s; its journal %s of order %s by %s, %s of tax %s, %s', c.class_of_value,
        coalesce(c.order_number, 'none'), c.funding, c.issued_at, coalesce(b.class_of_value, 'unsaid'), coalesce(b.order_number, 'none'),
        coalesce(payer.source, 'unsaid'), b.kind, coalesce(b.tax_kind, 'unsaid'), b.recorded_at) AS finding
FROM certificates c
JOIN began b ON b.merchant_id = c.merchant_id AND b.subject_id = c.certificate_id
LEFT JOIN paid p ON p.merchant_id = c.merchant_id AND p.subject_id = c.certificate_id
LEFT JOIN certificates parent ON b.kind = 'transfer' AND parent.merchant_id = c.merchant_id AND parent.certificate_id = b.refers_to
LEFT JOIN journal before ON before.merchant_id = b.merchant_id AND before.subject_id = b.subject_id AND before.seq = b.seq - 1
CROSS JOIN LATERAL (
    SELECT CASE b.kind WHEN 'prepare' THEN 'gateway_clearing' WHEN 'transfer' THEN parent.funding ELSE p.source END AS source
) AS payer
WHERE c.class_of_value <> CASE WHEN b.kind = 'prepare' THEN 'paid' ELSE coalesce(b.class_of_value, c.class_of_value) END
    OR ((b.kind = 'prepare' OR b.class_of_value IS NOT NULL) AND c.order_number IS DISTINCT FROM b.order_number)
    OR c.funding <> coalesce(payer.source, c.funding)
    OR NOT (c.issued_at = b.recorded_at OR (c.issued_at < b.recorded_at AND before.recorded_at IS NOT DISTINCT FROM b.recorded_at))
    OR c.active_at <> (
        SELECT j.effective_at FROM journal j
        WHERE j.merchant_id = c.merchant_id AND j.subject_id = c.certificate_id
            AND j.kind IN ('issue', 'activate', 'reload', 'redeem', 'hold', 'capture', 'reverse', 'transfer')
        ORDER BY j.seq DESC
        LIMIT 1
    )
    OR (b.tax_kind IS NOT NULL AND EXISTS (
        SELECT 1 FROM jsonb_array_elements(c.lots) AS lot WHERE coalesce(lot -> 'treatment' ->> 'kind', 'none') <> b.tax_kind))

-- name: hold_fact_differences
-- Holds that no row placed as they stand, or that have not ended as a row says; and rows that placed one which is not there.
SELECT
    coalesce(h.merchant_id, placed.merchant_id) AS merchant_id,
    coalesce(h.certificate_id, placed.certificate_id)::text AS subject,
    format('hold %s says %s of %s + %s on %s, placed %s until %s; the journal %s of %s + %s on %s, placed %s until %s',
        coalesce(h.hold_id, placed.hold_id),
        coalesce(h.status, 'nothing'), h.amount, h.gratuity, h.certificate_id, h.placed_at, h.expires_at, coalesce(placed.status, 'nothing'),
        placed.amount, placed.gratuity, placed.certificate_id, placed.recorded_at, coalesce(placed.ends_at::text, 'unsaid')) AS finding
FROM holds h
FULL JOIN (
    SELECT
        j.merchant_id,
        j.operation_id AS hold_id,
        j.subject_id AS certificate_id,
        coalesce(sum(j.held_change) FILTER (WHERE j.leg = 'value'), 0) AS amount,
        coalesce(sum(j.held_change) FILTER (WHERE j.leg = 'gratuity'), 0) AS gratuity,
        max(j.hold_ends_at) AS ends_at,
        min(j.recorded_at) AS recorded_at,
        min(j.seq) AS seq,
        coalesce((
            SELECT CASE ended.kind WHEN 'capture' THEN 'captured' ELSE 'released' END
            FROM journal ended
            WHERE ended.merchant_id = j.merchant_id AND ended.refers_to = j.operation_id AND ended.kind IN ('capture', 'release')
            LIMIT 1
        ), 'open') AS status
    FROM journal j
    WHERE j.kind = 'hold'
    GROUP BY j.merchant_id, j.operation_id, j.subject_id
) AS placed ON placed.merchant_id = h.merchant_id AND placed.hold_id = h.hold_id
LEFT JOIN journal before ON before.merchant_id = placed.merchant_id AND before.subject_id = placed.certificate_id AND before.seq = placed.seq - 1
WHERE (h.certificate_id, h.amount, h.gratuity, h.status) IS DISTINCT FROM (placed.certificate_id, placed.amount, placed.gratuity, placed.status)
    OR h.expires_at <> coalesce(placed.ends_at, h.expires_at)
    OR NOT (h.placed_at = placed.recorded_at OR (h.placed_at < placed.recorded_at AND before.recorded_at IS NOT DISTINCT FROM placed.recorded_at))
