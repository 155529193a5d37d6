-- name: sums
-- What rows come to by kind and accounts, those booked before $2 apart from those of then and before $3: what a seal that was made by $4
-- covers by the sums of its days, what was recorded after it and by $4 row by row. A null day or moment leaves that side open.
WITH sealed AS MATERIALIZED (
    SELECT number, cut FROM seals
    WHERE merchant_id = $1 AND ($4::timestamptz IS NULL OR cut <= $4)
    ORDER BY number DESC
    LIMIT 1
)
SELECT coalesce(booked_on < $2::date, false) AS before, currency, class_of_value, location_id, kind, debit, credit, sum(count)::bigint AS count,
    sum(sum)::bigint AS sum
FROM (
    SELECT d.booked_on, d.currency, d.class_of_value, d.location_id, d.kind, d.debit, d.credit, d.count, d.sum
    FROM ledger_days d
    WHERE d.merchant_id = $1 AND d.seal_number <= (SELECT number FROM sealed) AND ($3::date IS NULL OR d.booked_on < $3)
    UNION ALL
    SELECT j.booked_on, j.currency, coalesce(opening.class_of_value, c.class_of_value, ''), j.location_id, j.kind, coalesce(j.debit, ''),
        coalesce(j.credit, ''), 1, coalesce(j.amount, 0)
    FROM journal j
    LEFT JOIN journal opening ON opening.merchant_id = j.merchant_id AND opening.subject_id = j.subject_id AND opening.seq = 1
    LEFT JOIN certificates c ON c.merchant_id = j.merchant_id AND c.certificate_id = j.subject_id
    WHERE j.merchant_id = $1 AND j.recorded_at > coalesce((SELECT cut FROM sealed), '-infinity')
        AND ($4::timestamptz IS NULL OR j.recorded_at <= $4) AND ($3::date IS NULL OR j.booked_on < $3)
) AS told
GROUP BY 1, 2, 3, 4, 5, 6, 7

-- name: sealed_through
-- The moment up to which nothing of a merchant can be recorded any more.
SELECT sealed_through FROM books WHERE merchant_id = $1

-- name: taxes
-- What fell due of tax on the days from $2 and before $3, and went back, known by $4: by legal entity and by what it is computed from, which
-- rows from before do not tell. What is sold at a rate of zero moves no money. Of what seals cover, the figures of days tell it. With $5, each day
-- apart.
WITH sealed AS MATERIALIZED (
    SELECT number, cut FROM seals
    WHERE merchant_id = $1 AND ($4::timestamptz IS NULL OR cut <= $4)
        AND number <= (SELECT max(seal_number) FROM ledger_figures WHERE merchant_id = $1)
    ORDER BY number DESC
    LIMIT 1
)
SELECT legal_entity_id, currency, tax_kind, tax_country, tax_rate_ppm, sum(rows)::bigint AS count, coalesce(sum(sign * taxable), 0)::bigint AS taxable,
    coalesce(sum(sign * sum), 0)::bigint AS tax, CASE WHEN $5::boolean THEN due_on END AS due_on
FROM (
    SELECT legal_entity_id, currency, tax_kind, tax_country, tax_rate_ppm, rows, taxable, sum, due_on,
        CASE WHEN debit = 'tax_payable' OR (debit IS NULL AND kind = 'reverse') THEN -1 ELSE 1 END AS sign
    FROM ledger_figures
    WHERE merchant_id = $1 AND due_on IS NOT NULL AND seal_number <= (SELECT number FROM sealed)
    UNION ALL
    SELECT legal_entity_id, currency, CASE WHEN tax_amount IS NOT NULL THEN tax_kind END, tax_country, tax_rate_ppm, 1, taxable_amount,
        coalesce(amount, 0), coalesce(tax_point, booked_on),
        CASE WHEN debit = 'tax_payable' OR (amount IS NULL AND kind = 'reverse') THEN -1 ELSE 1 END
    FROM journal
    WHERE merchant_id = $1 AND (debit = 'tax_payable' OR credit = 'tax_payable' OR (leg = 'tax_due' AND amount IS NULL))
        AND recorded_at > coalesce((SELECT cut FROM sealed), '-infinity') AND recorded_at <= coalesce($4::timestamptz, 'infinity')
) AS told
WHERE due_on >= coalesce($2::date, '-infinity') AND due_on < coalesce($3::date, 'infinity')
GROUP BY 1, 2, 3, 4, 5, 9
ORDER BY 1, 2, 3, 4, 5, 9
