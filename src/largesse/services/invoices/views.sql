-- name: charged_items
-- What a partner was charged for on account, filling by filling, and not given back while it was not invoiced. $3: what the draft of that id
-- gathers, found filling by filling, however much the partner ever ordered; null: what stands on no invoice and in no draft. What is not invoiced is
-- owed on the receivable, by the journal alone.
WITH charged AS (
    SELECT j.subject_id, j.lot_id, j.currency, j.order_number, j.refcode, j.legal_entity_id, j.booked_on, j.recorded_at, j.debit, j.amount
    FROM invoice_items i
    CROSS JOIN LATERAL (
        SELECT one.* FROM journal one
        WHERE one.merchant_id = $1 AND one.party_id = $2 AND coalesce(one.lot_id, one.subject_id) = i.lot_id AND one.subject_kind = 'certificate'
            AND (one.debit = 'partner_receivable' OR one.credit = 'partner_receivable')
        OFFSET 0 -- never the other way round: a partner that statistics do not know looks as if it had one row
    ) AS j
    WHERE i.merchant_id = $1 AND i.invoice_id = $3::uuid
    UNION ALL
    SELECT j.subject_id, j.lot_id, j.currency, j.order_number, j.refcode, j.legal_entity_id, j.booked_on, j.recorded_at, j.debit, j.amount
    FROM journal j
    WHERE $3 IS NULL AND j.merchant_id = $1 AND j.party_id = $2 AND j.subject_kind = 'certificate'
        AND (j.debit = 'partner_receivable' OR j.credit = 'partner_receivable')
        AND NOT EXISTS (SELECT 1 FROM invoice_items i WHERE i.merchant_id = $1 AND i.lot_id = coalesce(j.lot_id, j.subject_id))
), owed AS (
    SELECT j.currency, coalesce(j.lot_id, j.subject_id) AS lot_id, array_agg(DISTINCT j.subject_id) AS subjects,
        max(j.order_number) AS order_number, max(j.refcode) AS refcode, max(j.legal_entity_id::text)::uuid AS entity_id,
        min(j.booked_on) AS booked_on, min(j.recorded_at) AS recorded_at,
        sum(CASE WHEN j.debit = 'partner_receivable' THEN j.amount ELSE -j.amount END)::bigint AS amount
    FROM charged j
    GROUP BY j.currency, coalesce(j.lot_id, j.subject_id)
    HAVING sum(CASE WHEN j.debit = 'partner_receivable' THEN j.amount ELSE -j.amount END) > 0
)
SELECT owed.lot_id, coalesce(issued.certificate_id, owed.subjects[1]) AS certificate_id, owed.entity_id, owed.currency,
    coalesce(owed.order_number, '') AS order_number, coalesce(owed.refcode, '') AS refcode, owed.amount, owed.booked_on,
    coalesce(facts.discount, 0)::bigint AS discount, coalesce(facts.booked_tax, 0)::bigint AS booked_tax,
    coalesce(facts.ours, true) AS ours, coalesce(facts.tax_kind, issued.tax_kind, 'none') AS tax_kind, facts.tax_country,
    coalesce(facts.tax_rate_ppm, 0) AS tax_rate_ppm
FROM owed
CROSS JOIN LATERAL (
    SELECT
        sum(CASE WHEN t.leg <> 'discount' THEN 0 WHEN t.debit = 'discount_on_outstanding' THEN t.amount ELSE -t.amount END) AS discount,
        sum(CASE WHEN t.leg <> 'included_tax' THEN 0 WHEN t.debit = 'tax_on_outstanding' THEN t.amount ELSE -t.amount END) AS booked_tax,
        NOT bool_or(t.leg = 'included_tax' AND 'tender_clearing' IN (t.debit, t.credit)) AS ours,
        max(t.tax_kind) AS tax_kind,
        max(t.tax_country) AS tax_country,
        max(t.tax_rate_ppm) AS tax_rate_ppm
    FROM journal t
    WHERE t.merchant_id = $1 AND t.subject_id = ANY(owed.subjects) AND t.lot_id = owed.lot_id
        AND t.kind IN ('issue', 'activate', 'reload', 'refund', 'void', 'undo_reload')
) AS facts
LEFT JOIN LATERAL (
    SELECT o.subject_id AS certificate_id, o.tax_kind FROM journal o
    WHERE o.merchant_id = $1 AND o.subject_id = ANY(owed.subjects) AND o.seq = 1
    ORDER BY o.recorded_at
    LIMIT 1
) AS issued ON true
ORDER BY owed.recorded_at, owed.lot_id

-- name: given_back
-- What some operations gave back of fillings on account: to the receivable what was not invoiced, to the partner's credit what was. With it, the
-- discount and tax that went along.
SELECT j.party_id, j.currency, j.subject_id AS certificate_id, j.lot_id, j.operation_id, j.legal_entity_id AS entity_id, min(j.booked_on) AS booked_on,
    coalesce(max(j.refcode), '') AS refcode,
    sum(CASE WHEN j.credit = 'partner_receivable' THEN j.amount WHEN j.debit = 'partner_receivable' THEN -j.amount ELSE 0 END)::bigint AS uninvoiced,
    sum(CASE WHEN j.credit = 'partner_credit' THEN j.amount WHEN j.debit = 'partner_credit' THEN -j.amount ELSE 0 END)::bigint AS credited,
    max(facts.discount)::bigint AS discount, max(facts.tax)::bigint AS booked_tax, bool_and(facts.ours) AS ours,
    coalesce(max(facts.tax_kind), 'none') AS tax_kind, max(facts.tax_country) AS tax_country, coalesce(max(facts.tax_rate_ppm), 0) AS tax_rate_ppm
FROM journal j
CROSS JOIN LATERAL (
    SELECT
        coalesce(sum(t.amount) FILTER (WHERE t.leg = 'discount'), 0) AS discount,
        coalesce(sum(t.amount) FILTER (WHERE t.leg = 'included_tax'), 0) AS tax,
        coalesce(NOT bool_or(t.leg = 'included_tax' AND t.debit = 'tender_clearing'), true) AS ours,
        max(t.tax_kind) AS tax_kind, max(t.tax_country) AS tax_country, max(t.tax_rate_ppm) AS tax_rate_ppm
    FROM journal t
    WHERE t.merchant_id = $1 AND t.operation_id = j.operation_id AND t.subject_id = j.subject_id AND t.lot_id = j.lot_id
) AS facts
WHERE j.merchant_id = $1 AND j.operation_id = ANY($2::uuid[]) AND j.party_id IS NOT NULL AND j.subject_kind = 'certificate'
GROUP BY j.party_id, j.currency, j.subject_id, j.lot_id, j.operation_id, j.legal_entity_id
ORDER BY j.party_id, j.currency, j.subject_id, j.lot_id

-- name: tax_kinds_of
-- The kind of tax of some fillings, as their invoices have it.
SELECT i.lot_id, l.tax_kind
FROM invoice_items i
JOIN invoice_lines l ON l.merchant_id = i.merchant_id AND l.invoice_id = i.invoice_id AND l.line_no = i.line_no
WHERE i.merchant_id = $1 AND i.lot_id = ANY($2::uuid[])

-- name: balance_of
-- What a partner owes and is owed in one currency, by the journal.
SELECT
    coalesce(sum(CASE WHEN debit = 'partner_receivable' THEN amount WHEN credit = 'partner_receivable' THEN -amount ELSE 0 END), 0)::bigint AS receivable,
    coalesce(sum(CASE WHEN credit = 'partner_credit' THEN amount WHEN debit = 'partner_credit' THEN -amount ELSE 0 END), 0)::bigint AS credit
FROM journal
WHERE merchant_id = $1 AND party_id = $2 AND currency = $3

-- name: credit_of
-- What a partner is owed in one currency, by the journal: of a partial index, in which no order writes.
SELECT coalesce(sum(CASE WHEN credit = 'partner_credit' THEN amount ELSE -amount END), 0)::bigint AS credit
FROM journal
WHERE merchant_id = $1 AND party_id = $2 AND currency = $3 AND (debit = 'partner_credit' OR credit = 'partner_credit')

-- name: credit_by_entity
-- What each legal entity of a merchant owes a partner as credit in one currency, by the journal.
SELECT legal_entity_id, sum(CASE WHEN credit = 'partner_credit' THEN amount ELSE -amount END)::bigint AS credit
FROM journal
WHERE merchant_id = $1 AND party_id = $2 AND currency = $3 AND legal_entity_id IS NOT NULL
    AND (debit = 'partner_credit' OR credit = 'partner_credit')
GROUP BY legal_entity_id

-- name: settled_differences
-- Invoices of which other sums are set against than rows of the journal that name them, or than is written of each.
SELECT i.merchant_id, i.invoice_id, format('%s says %s paid, %s credited, %s written off; its rows %s and %s, what is written of them %s',
    i.invoice_number, i.paid, i.credited, i.written_off, coalesce(booked.matched, 0), coalesce(booked.lost, 0), coalesce(written.amount, 0)) AS finding
FROM invoices i
LEFT JOIN LATERAL (
    SELECT sum(CASE WHEN j.kind NOT IN ('match', 'unmatch') THEN 0 WHEN j.credit = 'partner_receivable' THEN j.amount ELSE -j.amount END) AS matched,
        sum(CASE WHEN j.kind <> 'write_off' THEN 0 WHEN j.credit = 'partner_receivable' THEN j.amount ELSE -j.amount END) AS lost
    FROM journal j
    WHERE j.merchant_id = i.merchant_id AND j.open_item_kind = 'invoice' AND j.open_item_id = i.invoice_id
) AS booked ON true
LEFT JOIN LATERAL (
    SELECT sum(s.amount) AS amount FROM invoice_settlements s
    WHERE s.merchant_id = i.merchant_id AND s.invoice_id = i.invoice_id AND s.undone_by IS NULL
) AS written ON true
WHERE i.kind = 'invoice' AND (i.paid + i.credited <> coalesce(booked.matched, 0) OR i.written_off <> coalesce(booked.lost, 0)
    OR i.paid + i.credited <> coalesce(written.amount, 0))

-- name: charged_differences
-- Invoices that ask for another sum than their lines, or their fillings by the journal: what is invoiced is never taken off the receivable.
SELECT i.merchant_id, i.invoice_id, format('%s asks for %s; its lines come to %s, its certificates to %s, the journal says %s', i.invoice_number,
    i.total, coalesce(lines.total, 0), coalesce(items.amount, 0), coalesce(items.charged, 0)) AS finding
FROM invoices i
LEFT JOIN LATERAL (
    SELECT sum(l.total) AS total FROM invoice_lines l WHERE l.merchant_id = i.merchant_id AND l.invoice_id = i.invoice_id
) AS lines ON true
LEFT JOIN (
    SELECT one.merchant_id, one.invoice_id, sum(one.amount) AS amount, sum(charged.amount) AS charged
    FROM invoice_items one
    LEFT JOIN (
        SELECT j.merchant_id, coalesce(j.lot_id, j.subject_id) AS lot_id,
            sum(CASE WHEN j.debit = 'partner_receivable' THEN j.amount ELSE -j.amount END) AS amount
        FROM journal j
        WHERE j.party_id IS NOT NULL AND j.subject_kind = 'certificate' AND (j.debit = 'partner_receivable' OR j.credit = 'partner_receivable')
        GROUP BY j.merchant_id, coalesce(j.lot_id, j.subject_id)
    ) AS charged ON charged.merchant_id = one.merchant_id AND charged.lot_id = one.lot_id
    WHERE one.line_no IS NOT NULL
    GROUP BY one.merchant_id, one.invoice_id
) AS items ON items.merchant_id = i.merchant_id AND items.invoice_id = i.invoice_id
WHERE i.kind = 'invoice' AND i.state <> 'draft'
    AND (i.total IS DISTINCT FROM lines.total OR i.total IS DISTINCT FROM items.amount OR i.total IS DISTINCT FROM items.charged)

-- name: credited_differences
-- What certificates gave a partner as credit and no credit note says, or another sum.
SELECT coalesce(j.merchant_id, c.merchant_id) AS merchant_id, coalesce(c.invoice_id, j.subject_id) AS invoice_id,
    format('filling %s: operation %s gave back %s as credit, its credit note says %s', coalesce(j.lot_id, c.lot_id),
        coalesce(j.operation_id, c.operation_id), coalesce(j.amount, 0), coalesce(c.amount, 0)) AS finding
FROM (
    SELECT merchant_id, lot_id, operation_id, subject_id, sum(CASE WHEN credit = 'partner_credit' THEN amount ELSE -amount END) AS amount
    FROM journal
    WHERE party_id IS NOT NULL AND subject_kind = 'certificate' AND (debit = 'partner_credit' OR credit = 'partner_credit')
    GROUP BY merchant_id, lot_id, operation_id, subject_id
) AS j
FULL JOIN credit_items c ON c.merchant_id = j.merchant_id AND c.lot_id = j.lot_id AND c.operation_id = j.operation_id
    AND c.certificate_id = j.subject_id
WHERE j.amount IS DISTINCT FROM c.amount

-- name: note_differences
-- Credit notes that say another sum than what they give back, or of which more was set against invoices than they say.
SELECT i.merchant_id, i.invoice_id, format('%s is over %s and gives back %s; %s of it is used, %s is set against invoices', i.invoice_number, i.total,
    coalesce(items.amount, 0), i.paid, coalesce(used.amount, 0)) AS finding
FROM invoices i
LEFT JOIN LATERAL (
    SELECT sum(c.amount) AS amount FROM credit_items c WHERE c.merchant_id = i.merchant_id AND c.invoice_id = i.invoice_id
) AS items ON true
LEFT JOIN LATERAL (
    SELECT sum(s.amount) AS amount FROM invoice_settlements s
    WHERE s.merchant_id = i.merchant_id AND s.source_id = i.invoice_id AND s.source = 'credit_note' AND s.undone_by IS NULL
) AS used ON true
WHERE i.kind = 'credit_note' AND (i.total IS DISTINCT FROM items.amount OR i.paid < coalesce(used.amount, 0))

-- name: receivable_differences
-- Partners whose receivable, in the books of a legal entity, is not what is open of their invoices and what is not invoiced there.
WITH owed AS (
    SELECT j.merchant_id, j.party_id AS partner_id, j.currency, coalesce(j.legal_entity_id, e.entity_id) AS entity_id,
        sum(CASE WHEN j.debit = 'partner_receivable' THEN j.amount ELSE -j.amount END) AS receivable,
        sum(CASE WHEN j.subject_kind <> 'certificate' OR i.line_no IS NOT NULL THEN 0 WHEN j.debit = 'partner_receivable' THEN j.amount
            ELSE -j.amount END) AS uninvoiced
    FROM journal j
    LEFT JOIN invoice_items i ON i.merchant_id = j.merchant_id AND i.lot_id = coalesce(j.lot_id, j.subject_id) AND j.subject_kind = 'certificate'
    LEFT JOIN legal_entities e ON e.merchant_id = j.merchant_id AND e.is_default
    WHERE j.party_id IS NOT NULL AND (j.debit = 'partner_receivable' OR j.credit = 'partner_receivable')
    GROUP BY j.merchant_id, j.party_id, j.currency, coalesce(j.legal_entity_id, e.entity_id)
), asked AS (
    SELECT merchant_id, partner_id, currency, entity_id, sum(total - paid - credited - written_off) AS open
    FROM invoices
    WHERE kind = 'invoice' AND state <> 'draft'
    GROUP BY merchant_id, partner_id, currency, entity_id
)
SELECT coalesce(o.merchant_id, a.merchant_id) AS merchant_id, coalesce(o.partner_id, a.partner_id) AS invoice_id,
    format('the partner owes %s %s to entity %s; %s is open of its invoices, and %s is not invoiced', coalesce(o.receivable, 0),
        coalesce(o.currency, a.currency), coalesce(o.entity_id, a.entity_id), coalesce(a.open, 0), coalesce(o.uninvoiced, 0)) AS finding
FROM owed o
FULL JOIN asked a ON a.merchant_id = o.merchant_id AND a.partner_id = o.partner_id AND a.currency = o.currency AND a.entity_id = o.entity_id
WHERE coalesce(o.receivable, 0) <> coalesce(a.open, 0) + coalesce(o.uninvoiced, 0)

-- name: limit_differences
-- Partners of whom another sum of credit is counted as used than they owe less what they are owed.
SELECT t.merchant_id, t.partner_id AS invoice_id, format('the partner has used %s %s of its credit; the journal says %s', t.credit_used, t.currency,
    coalesce(owed.amount, 0)) AS finding
FROM agreement_terms t
LEFT JOIN (
    SELECT merchant_id, party_id, currency, sum(CASE WHEN debit IN ('partner_receivable', 'partner_credit') THEN amount ELSE 0 END
        - CASE WHEN credit IN ('partner_receivable', 'partner_credit') THEN amount ELSE 0 END) AS amount
    FROM journal
    WHERE party_id IS NOT NULL
    GROUP BY merchant_id, party_id, currency
) AS owed ON owed.merchant_id = t.merchant_id AND owed.party_id = t.partner_id AND owed.currency = t.currency
WHERE t.credit_used <> coalesce(owed.amount, 0)

-- name: number_differences
-- Series with a gap, a number twice, or more than they gave; and documents that are not what their hash was made of.
SELECT s.merchant_id, s.merchant_id AS invoice_id, format('series %s gave %s numbers; %s stand, the last of them %s', s.series, s.last_number,
    coalesce(given.count, 0), coalesce(given.last, 0)) AS finding
FROM invoice_series s
LEFT JOIN (
    SELECT merchant_id, series, count(DISTINCT number) AS count, max(number) AS last FROM invoices WHERE number IS NOT NULL GROUP BY merchant_id, series
) AS given ON given.merchant_id = s.merchant_id AND given.series = s.series
WHERE (s.last_number, s.last_number) IS DISTINCT FROM (given.count, given.last)
UNION ALL
SELECT merchant_id, invoice_id, format('%s is not what its hash was made of', invoice_number)
FROM invoices
WHERE document IS NOT NULL AND document_hash <> sha256(document)

-- name: sale_number_differences
-- Kinds of receipts and invoices of the shop with a gap, or more numbers than they gave; and documents that are not what their hash was made of.
SELECT s.merchant_id, s.merchant_id AS invoice_id, format('the numbers of %s go to %s; %s stand, the last of them %s', s.kind, s.last_number,
    coalesce(given.count, 0), coalesce(given.last, 0)) AS finding
FROM sale_document_series s
LEFT JOIN (
    SELECT merchant_id, kind, count(*) AS count, max(number) AS last FROM sale_documents GROUP BY merchant_id, kind
) AS given ON given.merchant_id = s.merchant_id AND given.kind = s.kind
WHERE (s.last_number, s.last_number) IS DISTINCT FROM (given.count, given.last)
UNION ALL
SELECT merchant_id, document_id, format('document %s of kind %s is not what its hash was made of', number, kind)
FROM sale_documents
WHERE document_hash <> sha256(document)

-- name: monthly_partners
-- Partners that are billed monthly and were not gathered for a month yet, or refused, and not tried since; the longest untried first.
-- Their agreement was made before it ended.
SELECT a.merchant_id, a.partner_id
FROM agreements a
JOIN partners p ON p.merchant_id = a.merchant_id AND p.partner_id = a.partner_id
LEFT JOIN invoice_runs r ON r.merchant_id = a.merchant_id AND r.partner_id = a.partner_id AND r.month = $2
WHERE a.invoicing = 'monthly' AND ($1::uuid IS NULL OR a.merchant_id = $1) AND ($3::uuid IS NULL OR a.partner_id = $3)
    AND p.created_at < ($2::date + interval '1 month 1 day') AND (r.ran_at IS NULL OR (r.outcome <> '' AND r.ran_at <= $4))
ORDER BY r.ran_at NULLS FIRST, a.merchant_id, a.partner_id

-- name: ageing
-- What is open of the invoices of each partner, by how many days it is overdue on a day.
WITH open_parts AS (
    SELECT i.partner_id, i.currency, i.total - i.paid - i.credited - i.written_off AS amount, $2::date - i.due_on AS late,
        i.disputed_at IS NOT NULL AS disputed
    FROM invoices i
    WHERE i.merchant_id = $1 AND i.kind = 'invoice' AND i.state IN ('issued', 'part_paid')
)
SELECT o.partner_id, p.name AS partner, o.currency, count(*) AS invoices,
    coalesce(sum(o.amount) FILTER (WHERE o.late <= 0), 0)::bigint AS not_due,
    coalesce(sum(o.amount) FILTER (WHERE o.late BETWEEN 1 AND 30), 0)::bigint AS days_30,
    coalesce(sum(o.amount) FILTER (WHERE o.late BETWEEN 31 AND 60), 0)::bigint AS days_60,
    coalesce(sum(o.amount) FILTER (WHERE o.late BETWEEN 61 AND 90), 0)::bigint AS days_90,
    coalesce(sum(o.amount) FILTER (WHERE o.late > 90), 0)::bigint AS older,
    coalesce(sum(o.amount) FILTER (WHERE o.disputed), 0)::bigint AS disputed
FROM open_parts o
JOIN partners p ON p.merchant_id = $1 AND p.partner_id = o.partner_id
GROUP BY o.partner_id, p.name, o.currency
ORDER BY lower(p.name), o.partner_id, o.currency

-- name: statement_entries
-- What moved on a partner's account in a currency up to a day: invoices and credit notes by their documents, all else by the journal. What is
-- not invoiced is not on it. Matches move nothing: they take from the credit what they take from the receivable.
SELECT day, at, kind, reference, due_on, amount FROM (
    SELECT i.issued_on AS day, i.issued_at AS at, i.kind, i.invoice_number AS reference, i.due_on,
        CASE WHEN i.kind = 'invoice' THEN i.total ELSE -i.total END AS amount
    FROM invoices i
    WHERE i.merchant_id = $1 AND i.partner_id = $2 AND i.currency = $3 AND i.state <> 'draft' AND i.issued_on <= $4
    UNION ALL
    SELECT j.booked_on, min(j.recorded_at), j.kind, coalesce(max(n.invoice_number), max(p.reference), ''), NULL,
        sum(CASE WHEN j.debit IN ('partner_receivable', 'partner_credit') THEN j.amount ELSE 0 END
            - CASE WHEN j.credit IN ('partner_receivable', 'partner_credit') THEN j.amount ELSE 0 END)::bigint
    FROM journal j
    LEFT JOIN invoices n ON n.merchant_id = $1 AND j.open_item_kind = 'invoice' AND n.invoice_id = j.open_item_id
    LEFT JOIN partner_payments p ON p.merchant_id = $1 AND p.payment_id = j.operation_id
    WHERE j.merchant_id = $1 AND j.party_id = $2 AND j.currency = $3 AND j.subject_kind <> 'certificate' AND j.booked_on <= $4
    GROUP BY j.booked_on, j.operation_id, j.kind
) AS moved
WHERE amount <> 0
ORDER BY day, at, kind <> 'invoice', kind <> 'credit_note', reference, amount

-- name: statement_currencies
-- The currencies in which a partner was invoiced, paid, or is agreed with.
SELECT currency FROM invoices WHERE merchant_id = $1 AND partner_id = $2 AND state <> 'draft'
UNION
SELECT currency FROM agreement_terms WHERE merchant_id = $1 AND partner_id = $2
ORDER BY 1
