-- name: waiting
-- What would be taken of legal entity $2 and currency $3 before $4, summed up by all that accounts are mapped by; parameters as for `take_rows`:
-- $5 and $6 are how far earlier sets went, $7 the memorandum, $8 whether opening balances are taken along.
SELECT j.debit, j.credit, c.class_of_value, j.location_id,
    coalesce(CASE WHEN j.tax_amount IS NOT NULL THEN j.tax_kind END, c.lots -> 0 -> 'treatment' ->> 'kind', CASE WHEN c.certificate_id IS NOT NULL THEN 'none' END) AS tax_kind,
    j.tax_rate_ppm AS rate_ppm,
    count(*)::bigint AS rows, sum(j.amount)::bigint AS amount, min(j.booked_on) AS first_day, max(j.booked_on) AS last_day,
    count(*) FILTER (WHERE 'opening_balances' NOT IN (j.debit, j.credit) AND (j.booked_on < coalesce($5::date, '-infinity')
        OR coalesce(j.tax_point < j.booked_on, false)
        OR coalesce(j.claimed_at < j.effective_at AND (j.claimed_at AT TIME ZONE $9::text)::date < j.booked_on, false)))::bigint AS late_rows
FROM journal j
LEFT JOIN certificates c ON c.merchant_id = j.merchant_id AND c.certificate_id = j.subject_id
WHERE j.merchant_id = $1 AND j.legal_entity_id = $2 AND j.currency = $3 AND j.booked_on < $4::date
    AND j.amount IS NOT NULL AND j.debit <> ALL ($7::text[]) AND j.credit <> ALL ($7)
    AND ($8::bool OR 'opening_balances' NOT IN (j.debit, j.credit))
    AND (j.booked_on >= coalesce($5, '-infinity') OR j.recorded_at > coalesce($6::timestamptz, '-infinity')
        OR ($8 AND 'opening_balances' IN (j.debit, j.credit)))
    AND NOT EXISTS (
        SELECT 1 FROM book_set_rows b WHERE b.merchant_id = j.merchant_id AND b.subject_id = j.subject_id AND b.seq = j.seq
    )
GROUP BY 1, 2, 3, 4, 5, 6
ORDER BY 1, 2, 3, 4, 5, 6

-- name: left_out
-- How many rows before $4 stand beside the books, or came from another system and have not left.
SELECT count(*) FILTER (WHERE j.debit = ANY ($5::text[]) OR j.credit = ANY ($5))::bigint AS memorandum,
    count(*) FILTER (WHERE 'opening_balances' IN (j.debit, j.credit) AND b.seq IS NULL)::bigint AS imported
FROM journal j
LEFT JOIN book_set_rows b ON b.merchant_id = j.merchant_id AND b.subject_id = j.subject_id AND b.seq = j.seq
WHERE j.merchant_id = $1 AND j.legal_entity_id = $2 AND j.currency = $3 AND j.booked_on < $4::date AND j.amount IS NOT NULL
    AND (j.debit = ANY ($5) OR j.credit = ANY ($5) OR 'opening_balances' IN (j.debit, j.credit))

-- name: set_keys
-- What accounts are mapped by in a set, with how many rows, days and amounts it has.
SELECT j.debit, j.credit, c.class_of_value, j.location_id,
    coalesce(CASE WHEN j.tax_amount IS NOT NULL THEN j.tax_kind END, c.lots -> 0 -> 'treatment' ->> 'kind', CASE WHEN c.certificate_id IS NOT NULL THEN 'none' END) AS tax_kind,
    j.tax_rate_ppm AS rate_ppm,
    count(*)::bigint AS rows, sum(j.amount)::bigint AS amount, min(j.booked_on) AS first_day, max(j.booked_on) AS last_day,
    count(*) FILTER (WHERE 'opening_balances' NOT IN (j.debit, j.credit) AND (j.booked_on < coalesce($3::date, '-infinity')
        OR coalesce(j.tax_point < j.booked_on, false)
        OR coalesce(j.claimed_at < j.effective_at AND (j.claimed_at AT TIME ZONE $4::text)::date < j.booked_on, false)))::bigint AS late_rows
FROM book_set_rows b
JOIN journal j ON j.merchant_id = b.merchant_id AND j.subject_id = b.subject_id AND j.seq = b.seq
LEFT JOIN certificates c ON c.merchant_id = j.merchant_id AND c.certificate_id = j.subject_id
WHERE b.merchant_id = $1 AND b.set_number = $2
GROUP BY 1, 2, 3, 4, 5, 6
ORDER BY 1, 2, 3, 4, 5, 6

-- name: lines_together
-- The rows of a set summed up by day, or where $5 is `month` by the last day of the month that lies before $6; what came late for a day stands by
-- itself, with the day that its tax was due on: what was booked before $3, and what was claimed of an earlier day in the zone $4.
SELECT told.day, told.late_for, told.imported, told.kind, told.debit, told.credit, told.class_of_value, told.location_id, told.tax_kind, told.tax_country, told.rate_ppm,
    count(*)::bigint AS rows, sum(told.amount)::bigint AS amount, sum(told.taxable)::bigint AS taxable, sum(told.tax)::bigint AS tax
FROM (
    SELECT CASE WHEN $5::text = 'month' THEN least((date_trunc('month', j.booked_on) + interval '1 month - 1 day')::date, $6::date - 1) ELSE j.booked_on END AS day,
        CASE
            WHEN 'opening_balances' IN (j.debit, j.credit) THEN NULL
            WHEN j.tax_point < j.booked_on THEN j.tax_point
            WHEN j.claimed_at < j.effective_at AND (j.claimed_at AT TIME ZONE $4::text)::date < j.booked_on THEN (j.claimed_at AT TIME ZONE $4)::date
            WHEN j.booked_on < $3::date THEN j.booked_on
        END AS late_for,
        'opening_balances' IN (j.debit, j.credit) AS imported, j.kind, j.debit, j.credit, c.class_of_value, j.location_id,
        coalesce(CASE WHEN j.tax_amount IS NOT NULL THEN j.tax_kind END, c.lots -> 0 -> 'treatment' ->> 'kind', CASE WHEN c.certificate_id IS NOT NULL THEN 'none' END) AS tax_kind,
        j.tax_country, j.tax_rate_ppm AS rate_ppm, j.amount, j.taxable_amount AS taxable, j.tax_amount AS tax
    FROM book_set_rows b
    JOIN journal j ON j.merchant_id = b.merchant_id AND j.subject_id = b.subject_id AND j.seq = b.seq
    LEFT JOIN certificates c ON c.merchant_id = j.merchant_id AND c.certificate_id = j.subject_id
    WHERE b.merchant_id = $1 AND b.set_number = $2
) AS told
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
ORDER BY 1, 2 NULLS FIRST, 4, 5, 6, 3, 7, 8, 9, 10, 11

-- name: lines_by_row
-- The rows of a set, each by itself; parameters as for `lines_together`.
SELECT j.booked_on AS day,
    CASE
        WHEN 'opening_balances' IN (j.debit, j.credit) THEN NULL
        WHEN j.tax_point < j.booked_on THEN j.tax_point
        WHEN j.claimed_at < j.effective_at AND (j.claimed_at AT TIME ZONE $4::text)::date < j.booked_on THEN (j.claimed_at AT TIME ZONE $4)::date
        WHEN j.booked_on < $3::date THEN j.booked_on
    END AS late_for,
    'opening_balances' IN (j.debit, j.credit) AS imported, j.kind, j.debit, j.credit, c.class_of_value, j.location_id,
    coalesce(CASE WHEN j.tax_amount IS NOT NULL THEN j.tax_kind END, c.lots -> 0 -> 'treatment' ->> 'kind', CASE WHEN c.certificate_id IS NOT NULL THEN 'none' END) AS tax_kind,
    j.tax_country, j.tax_rate_ppm AS rate_ppm, 1::bigint AS rows, j.amount, j.taxable_amount AS taxable, j.tax_amount AS tax, j.subject_id, j.seq
FROM book_set_rows b
JOIN journal j ON j.merchant_id = b.merchant_id AND j.subject_id = b.subject_id AND j.seq = b.seq
LEFT JOIN certificates c ON c.merchant_id = j.merchant_id AND c.certificate_id = j.subject_id
WHERE b.merchant_id = $1 AND b.set_number = $2
ORDER BY j.booked_on, j.recorded_at, j.subject_id, j.seq

-- name: where_anything_waits
-- The legal entities and currencies of a merchant that have rows, with how many sets each has had: of what was recorded by $2, the figures of
-- days tell it.
SELECT f.legal_entity_id, f.currency, count(s.set_number)::int AS sets
FROM (
    SELECT d.legal_entity_id, d.currency FROM ledger_figures d WHERE d.merchant_id = $1 AND d.legal_entity_id IS NOT NULL AND d.sum > 0
    UNION
    SELECT j.legal_entity_id, j.currency
    FROM journal j
    WHERE j.merchant_id = $1 AND j.legal_entity_id IS NOT NULL AND j.amount IS NOT NULL AND j.recorded_at > coalesce($2::timestamptz, '-infinity')
) AS f
LEFT JOIN book_sets s ON s.merchant_id = $1 AND s.legal_entity_id = f.legal_entity_id AND s.currency = f.currency
GROUP BY 1, 2
ORDER BY 1, 2

-- name: figured_through
-- The moment up to which the figures of days tell all of a merchant's rows; null where there are none. A statement of its own, so that whoever
-- plans the next one knows how little lies behind it.
SELECT max(s.cut) AS cut FROM seals s
WHERE s.merchant_id = $1 AND s.number <= (SELECT max(f.seal_number) FROM ledger_figures f WHERE f.merchant_id = $1)
