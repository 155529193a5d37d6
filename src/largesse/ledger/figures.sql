-- name: figures
-- What rows come to by figure: $5 to $10 are the postings that each figure counts, with its sign; a kind or leg of * is any. By the dimensions that
-- $11 names; one that is not named is null. Rows that were booked before $2 stand apart, and are read only where $12 says so. Null leaves a
-- filter out; $4 and $13 are what was recorded, and what had happened, by a moment. What seals cover is read from the figures of days, what was
-- recorded since row by row; so are the days on which places may have been at $13, which lie around its day of UTC. Of a partner, $18, only rows
-- that name it or are of its certificates, $19, are read, each of them row by row.
WITH sealed AS MATERIALIZED (
    SELECT number, cut FROM seals
    WHERE merchant_id = $1 AND ($4::timestamptz IS NULL OR cut <= $4) AND $18::uuid IS NULL
        AND number <= (SELECT max(seal_number) FROM ledger_figures WHERE merchant_id = $1)
    ORDER BY number DESC
    LIMIT 1
)
SELECT w.figure, coalesce(told.booked_on < $2::date, false) AS before, told.currency,
    CASE WHEN 'class_of_value' = ANY ($11::text[]) THEN nullif(told.class_of_value, '') END AS class_of_value,
    CASE WHEN 'location_id' = ANY ($11) THEN told.location_id END AS location_id,
    CASE WHEN 'booked_on' = ANY ($11) THEN told.booked_on END AS booked_on,
    CASE WHEN 'party_id' = ANY ($11) THEN told.party_id END AS party_id,
    CASE WHEN 'offering_id' = ANY ($11) THEN told.offering_id END AS offering_id,
    CASE WHEN 'refcode' = ANY ($11) THEN told.refcode END AS refcode,
    CASE WHEN 'kind' = ANY ($11) THEN told.kind END AS kind,
    CASE WHEN 'debit' = ANY ($11) THEN told.debit END AS debit,
    CASE WHEN 'credit' = ANY ($11) THEN told.credit END AS credit,
    CASE WHEN 'legal_entity_id' = ANY ($11) THEN told.legal_entity_id END AS legal_entity_id,
    CASE WHEN 'home_id' = ANY ($11) THEN told.home_id END AS home_id,
    sum(told.rows)::bigint AS rows, sum(told.operations)::bigint AS operations, sum(told.movements)::bigint AS movements,
    sum(w.sign * told.sum)::bigint AS sum
FROM (
    SELECT d.booked_on, d.currency, d.class_of_value, d.location_id, d.kind, d.leg, d.debit, d.credit, d.offering_id, d.refcode, d.party_id, d.legal_entity_id, d.home_id,
        d.rows, d.operations, d.movements, d.sum
    FROM ledger_figures d
    WHERE d.merchant_id = $1 AND d.seal_number <= (SELECT number FROM sealed)
        AND d.booked_on < coalesce($3::date, 'infinity') AND d.booked_on >= CASE WHEN $12::bool THEN '-infinity'::date ELSE coalesce($2::date, '-infinity') END
        AND d.booked_on < coalesce(($13::timestamptz AT TIME ZONE 'UTC')::date - 2, 'infinity')
    UNION ALL
    SELECT r.booked_on, r.currency, r.class_of_value, r.location_id, r.kind, r.leg, r.debit, r.credit, r.offering_id, r.refcode, r.party_id, r.legal_entity_id, r.home_id,
        1, r.operations, r.movements, r.amount
    FROM (
        SELECT
        j.booked_on, j.currency, CASE opening.kind WHEN 'prepare' THEN coalesce(sale.class_of_value, '')
            ELSE coalesce(opening.class_of_value, c.class_of_value, '') END AS class_of_value,
        j.location_id, j.kind, j.leg, j.debit, j.credit, j.offering_id, j.refcode, j.party_id, j.legal_entity_id,
        j.home_location_id AS home_id, CASE WHEN j.tax_amount IS NOT NULL THEN j.tax_kind END AS tax_kind, j.tax_country, j.tax_rate_ppm,
        CASE WHEN j.debit = 'tax_payable' OR j.credit = 'tax_payable' OR (j.leg = 'tax_due' AND j.amount IS NULL)
            THEN coalesce(j.tax_point, j.booked_on) END AS due_on,
        (NOT EXISTS (
            SELECT 1 FROM journal b
            WHERE j.line > 0 AND b.merchant_id = j.merchant_id AND b.subject_id = j.subject_id AND b.seq BETWEEN j.seq - j.line AND j.seq - 1
                AND b.operation_id = j.operation_id AND b.kind = j.kind AND b.debit IS NOT DISTINCT FROM j.debit AND b.credit IS NOT DISTINCT FROM j.credit
        ))::int AS operations,
        (NOT EXISTS (
            SELECT 1 FROM journal b
            WHERE j.line > 0 AND b.merchant_id = j.merchant_id AND b.subject_id = j.subject_id AND b.seq BETWEEN j.seq - j.line AND j.seq - 1
                AND b.operation_id = j.operation_id AND b.kind = j.kind
                AND (b.debit IN ('certificates_outstanding', 'promotional_outstanding')) IS NOT DISTINCT FROM (j.debit IN ('certificates_outstanding', 'promotional_outstanding'))
                AND (b.credit IN ('certificates_outstanding', 'promotional_outstanding')) IS NOT DISTINCT FROM (j.credit IN ('certificates_outstanding', 'promotional_outstanding'))
        ))::int AS movements,
        coalesce(j.amount, 0) AS amount, coalesce(j.taxable_amount, 0) AS taxable, j.recorded_at
    FROM journal j
    LEFT JOIN journal opening ON opening.merchant_id = j.merchant_id AND opening.subject_id = j.subject_id AND opening.seq = 1
    LEFT JOIN journal sale ON opening.kind = 'prepare' AND j.seq > 1 AND sale.merchant_id = j.merchant_id AND sale.subject_id = j.subject_id AND sale.seq = 2
    LEFT JOIN certificates c ON c.merchant_id = j.merchant_id AND c.certificate_id = j.subject_id
        WHERE j.merchant_id = $1 AND j.booked_on < coalesce($3::date, 'infinity') AND j.amount IS NOT NULL
            AND j.booked_on >= CASE WHEN $12 THEN '-infinity'::date ELSE coalesce($2::date, '-infinity') END
            AND j.recorded_at > coalesce((SELECT cut FROM sealed), '-infinity') AND j.recorded_at <= coalesce($4::timestamptz, 'infinity')
            AND j.effective_at <= coalesce($13::timestamptz, 'infinity')
            AND ($18::uuid IS NULL OR j.party_id = $18 OR j.subject_id IN (SELECT unnest($19::uuid[])))
        UNION ALL
        SELECT
        j.booked_on, j.currency, CASE opening.kind WHEN 'prepare' THEN coalesce(sale.class_of_value, '')
            ELSE coalesce(opening.class_of_value, c.class_of_value, '') END AS class_of_value,
        j.location_id, j.kind, j.leg, j.debit, j.credit, j.offering_id, j.refcode, j.party_id, j.legal_entity_id,
        j.home_location_id AS home_id, CASE WHEN j.tax_amount IS NOT NULL THEN j.tax_kind END AS tax_kind, j.tax_country, j.tax_rate_ppm,
        CASE WHEN j.debit = 'tax_payable' OR j.credit = 'tax_payable' OR (j.leg = 'tax_due' AND j.amount IS NULL)
            THEN coalesce(j.tax_point, j.booked_on) END AS due_on,
        (NOT EXISTS (
            SELECT 1 FROM journal b
            WHERE j.line > 0 AND b.merchant_id = j.merchant_id AND b.subject_id = j.subject_id AND b.seq BETWEEN j.seq - j.line AND j.seq - 1
                AND b.operation_id = j.operation_id AND b.kind = j.kind AND b.debit IS NOT DISTINCT FROM j.debit AND b.credit IS NOT DISTINCT FROM j.credit
        ))::int AS operations,
        (NOT EXISTS (
            SELECT 1 FROM journal b
            WHERE j.line > 0 AND b.merchant_id = j.merchant_id AND b.subject_id = j.subject_id AND b.seq BETWEEN j.seq - j.line AND j.seq - 1
                AND b.operation_id = j.operation_id AND b.kind = j.kind
                AND (b.debit IN ('certificates_outstanding', 'promotional_outstanding')) IS NOT DISTINCT FROM (j.debit IN ('certificates_outstanding', 'promotional_outstanding'))
                AND (b.credit IN ('certificates_outstanding', 'promotional_outstanding')) IS NOT DISTINCT FROM (j.credit IN ('certificates_outstanding', 'promotional_outstanding'))
        ))::int AS movements,
        coalesce(j.amount, 0) AS amount, coalesce(j.taxable_amount, 0) AS taxable, j.recorded_at
    FROM journal j
    LEFT JOIN journal opening ON opening.merchant_id = j.merchant_id AND opening.subject_id = j.subject_id AND opening.seq = 1
    LEFT JOIN journal sale ON opening.kind = 'prepare' AND j.seq > 1 AND sale.merchant_id = j.merchant_id AND sale.subject_id = j.subject_id AND sale.seq = 2
    LEFT JOIN certificates c ON c.merchant_id = j.merchant_id AND c.certificate_id = j.subject_id
        WHERE j.merchant_id = $1 AND j.booked_on < coalesce($3::date, 'infinity') AND j.amount IS NOT NULL
            AND j.booked_on >= CASE WHEN $12 THEN '-infinity'::date ELSE coalesce($2::date, '-infinity') END
            AND j.booked_on BETWEEN ($13 AT TIME ZONE 'UTC')::date - 2 AND ($13 AT TIME ZONE 'UTC')::date + 1
            AND j.recorded_at <= (SELECT cut FROM sealed) AND j.effective_at <= $13
    ) AS r
) AS told
JOIN unnest($5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::int[]) AS w (figure, kind, leg, debit, credit, sign)
    ON w.debit = told.debit AND w.credit = told.credit AND (w.kind = '*' OR w.kind = told.kind) AND (w.leg = '*' OR w.leg = told.leg)
WHERE told.class_of_value = coalesce($14::text, told.class_of_value) AND ($15::uuid IS NULL OR told.offering_id = $15)
    AND ($16::text IS NULL OR told.refcode = $16) AND ($17::uuid IS NULL OR told.location_id = $17)
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14

-- name: open_items
-- What stands open of each item of clearing accounts, read row by row; parameters as for figures, and items of which nothing is open are left out.
SELECT w.figure, j.currency, j.open_item_kind, j.open_item_id, count(*)::bigint AS rows, sum(w.sign * j.amount)::bigint AS sum
FROM journal j
JOIN unnest($5::text[], $6::text[], $7::text[], $8::text[], $9::text[], $10::int[]) AS w (figure, kind, leg, debit, credit, sign)
    ON w.debit = j.debit AND w.credit = j.credit AND (w.kind = '*' OR w.kind = j.kind) AND (w.leg = '*' OR w.leg = j.leg)
WHERE j.merchant_id = $1 AND j.open_item_id IS NOT NULL AND j.booked_on >= coalesce($2::date, '-infinity') AND j.booked_on < coalesce($3::date, 'infinity')
    AND j.recorded_at <= coalesce($4::timestamptz, 'infinity') AND j.effective_at <= coalesce($11::timestamptz, 'infinity')
    AND ($12::uuid IS NULL OR j.location_id = $12)
GROUP BY 1, 2, 3, 4
HAVING sum(w.sign * j.amount) <> 0

-- name: rows_behind
-- The rows that a figure is made of, newest last, from a place on, each with what it adds to the figure: $5 to $9 are the postings that it
-- counts. Further filters are left out where they are null.
SELECT j.booked_on, j.recorded_at, j.effective_at, j.subject_kind, j.subject_id, j.seq, j.operation_id, j.kind, j.leg, j.debit, j.credit,
    j.currency, j.amount, w.sign * j.amount AS signed, j.location_id, j.device_id, j.actor, j.entry_mode, j.reason, j.party_id,
    j.open_item_kind, j.open_item_id, j.refers_to, j.tax_point, j.claimed_at
FROM journal j
JOIN unnest($5::text[], $6::text[], $7::text[], $8::text[], $9::int[]) AS w (kind, leg, debit, credit, sign)
    ON w.debit = j.debit AND w.credit = j.credit AND (w.kind = '*' OR w.kind = j.kind) AND (w.leg = '*' OR w.leg = j.leg)
WHERE j.merchant_id = $1 AND ($3::date IS NULL OR j.booked_on < $3)
    AND j.booked_on >= coalesce($2::date, '-infinity')
    AND ($4::timestamptz IS NULL OR j.recorded_at <= $4)
    AND (NOT $10::jsonb ? 'as_of' OR j.effective_at <= ($10 ->> 'as_of')::timestamptz)
    AND (NOT $10 ? 'currency' OR j.currency = $10 ->> 'currency')
    AND (NOT $10 ? 'location_id' OR j.location_id = ($10 ->> 'location_id')::uuid)
    AND (NOT $10 ? 'device_id' OR j.device_id IS NOT DISTINCT FROM ($10 ->> 'device_id')::uuid)
    AND (NOT $10 ? 'actor' OR j.actor = $10 ->> 'actor')
    AND (NOT $10 ? 'entry_mode' OR j.entry_mode IS NOT DISTINCT FROM $10 ->> 'entry_mode')
    AND (NOT $10 ? 'hour' OR extract(hour FROM j.effective_at AT TIME ZONE $13::text)::int = ($10 ->> 'hour')::int)
    AND (NOT $10 ? 'party_id' OR j.party_id IS NOT DISTINCT FROM ($10 ->> 'party_id')::uuid)
    AND (NOT $10 ? 'kind' OR j.kind = $10 ->> 'kind')
    AND (NOT $10 ? 'debit' OR j.debit = $10 ->> 'debit')
    AND (NOT $10 ? 'credit' OR j.credit = $10 ->> 'credit')
    AND (NOT $10 ? 'open_item_kind' OR j.open_item_kind IS NOT DISTINCT FROM $10 ->> 'open_item_kind')
    AND (NOT $10 ? 'open_item_id' OR j.open_item_id IS NOT DISTINCT FROM ($10 ->> 'open_item_id')::uuid)
    AND (NOT $10 ? 'legal_entity_id' OR j.legal_entity_id = ($10 ->> 'legal_entity_id')::uuid)
    AND (NOT $10 ? 'tax_kind' OR (CASE WHEN j.tax_amount IS NOT NULL THEN j.tax_kind END) IS NOT DISTINCT FROM $10 ->> 'tax_kind')
    AND (NOT $10 ? 'tax_country' OR j.tax_country IS NOT DISTINCT FROM $10 ->> 'tax_country')
    AND (NOT $10 ? 'tax_rate_ppm' OR j.tax_rate_ppm IS NOT DISTINCT FROM ($10 ->> 'tax_rate_ppm')::int)
    AND (NOT $10 ? 'due_since' OR coalesce(j.tax_point, j.booked_on) >= ($10 ->> 'due_since')::date)
    AND (NOT $10 ? 'due_until' OR coalesce(j.tax_point, j.booked_on) < ($10 ->> 'due_until')::date)
    AND (NOT $10 ? 'partner_id' OR j.party_id = ($10 ->> 'partner_id')::uuid
        OR j.subject_id IN (SELECT one::uuid FROM jsonb_array_elements_text($10 -> 'subjects') AS one))
    AND (NOT $10 ? 'subject_id' OR j.subject_id = ($10 ->> 'subject_id')::uuid)
    AND (NOT $10 ? 'class_of_value' OR coalesce((
        SELECT c.class_of_value FROM certificates c WHERE c.merchant_id = j.merchant_id AND c.certificate_id = j.subject_id
    ), '') = $10 ->> 'class_of_value')
    AND (NOT $10 ? 'offering_id' OR j.offering_id IS NOT DISTINCT FROM ($10 ->> 'offering_id')::uuid)
    AND (NOT $10 ? 'refcode' OR j.refcode IS NOT DISTINCT FROM $10 ->> 'refcode')
    AND (NOT $10 ? 'home_id' OR j.home_location_id IS NOT DISTINCT FROM ($10 ->> 'home_id')::uuid)
    AND (NOT $10 ? 'after' OR (j.recorded_at, j.subject_id, j.seq)
        > (($10 -> 'after' ->> 0)::timestamptz, ($10 -> 'after' ->> 1)::uuid, ($10 -> 'after' ->> 2)::int))
ORDER BY j.recorded_at, j.subject_id, j.seq
LIMIT $11 OFFSET $12

-- name: sums_before
-- What the first $10 rows behind a figure add to it, in the order of `rows_behind`, by currency; parameters as there.
SELECT told.currency, sum(told.signed)::bigint AS signed
FROM (
    SELECT j.currency, w.sign * j.amount AS signed
    FROM journal j
    JOIN unnest($5::text[], $6::text[], $7::text[], $8::text[], $9::int[]) AS w (kind, leg, debit, credit, sign)
        ON w.debit = j.debit AND w.credit = j.credit AND (w.kind = '*' OR w.kind = j.kind) AND (w.leg = '*' OR w.leg = j.leg)
    WHERE j.merchant_id = $1 AND ($3::date IS NULL OR j.booked_on < $3)
        AND j.booked_on >= coalesce($2::date, '-infinity')
        AND ($4::timestamptz IS NULL OR j.recorded_at <= $4)
        AND (NOT $11::jsonb ? 'as_of' OR j.effective_at <= ($11 ->> 'as_of')::timestamptz)
        AND (NOT $11 ? 'currency' OR j.currency = $11 ->> 'currency')
        AND (NOT $11 ? 'location_id' OR j.location_id = ($11 ->> 'location_id')::uuid)
        AND (NOT $11 ? 'class_of_value' OR coalesce((
            SELECT c.class_of_value FROM certificates c WHERE c.merchant_id = j.merchant_id AND c.certificate_id = j.subject_id
        ), '') = $11 ->> 'class_of_value')
        AND (NOT $11 ? 'offering_id' OR j.offering_id IS NOT DISTINCT FROM ($11 ->> 'offering_id')::uuid)
        AND (NOT $11 ? 'refcode' OR j.refcode IS NOT DISTINCT FROM $11 ->> 'refcode')
        AND (NOT $11 ? 'partner_id' OR j.party_id = ($11 ->> 'partner_id')::uuid
            OR j.subject_id IN (SELECT one::uuid FROM jsonb_array_elements_text($11 -> 'subjects') AS one))
    ORDER BY j.recorded_at, j.subject_id, j.seq
    LIMIT $10
) AS told
GROUP BY 1

-- name: standing
-- What certificates stood at, as known by $2 and as of $3, null being now: what was left, by the day that ages are counted from, which $8 names.
-- Activity is what fills or uses a certificate; the law counts from when the first of its lots was issued, also in the system it came from. $4
-- to $6 are filters, left out where null, and so is $9, which certificates; days are those of the zone $7. The journal is asked only for those that have moved since.
SELECT currency, class_of_value, told_on, sum(count)::bigint AS count, sum(value)::bigint AS value, sum(gratuity)::bigint AS gratuity
FROM (
    SELECT c.currency, c.class_of_value,
        CASE $8::text
            WHEN 'issued_on' THEN (c.issued_at AT TIME ZONE $7::text)::date
            WHEN 'good_through' THEN c.good_through
            WHEN 'active_on' THEN (coalesce(c.active_at, (
                SELECT j.effective_at FROM journal j
                WHERE j.merchant_id = $1 AND j.subject_id = c.certificate_id AND j.seq <= c.seq
                    AND j.kind IN ('issue', 'activate', 'reload', 'redeem', 'hold', 'capture', 'reverse', 'transfer')
                ORDER BY j.seq DESC
                LIMIT 1
            )) AT TIME ZONE $7)::date
            WHEN 'clock_on' THEN (CASE WHEN jsonb_array_length(c.lots) = 1 THEN (c.lots -> 0 ->> 'first_issued_at')::timestamptz ELSE (
                SELECT min((lot ->> 'first_issued_at')::timestamptz) FROM jsonb_array_elements(c.lots) AS lot
            ) END AT TIME ZONE $7)::date
        END AS told_on,
        count(*) AS count, sum(c.balance) AS value, sum(c.gratuity_balance) AS gratuity
    FROM certificates c
    WHERE c.merchant_id = $1 AND c.balance + c.gratuity_balance > 0
        AND c.recorded_at <= coalesce($2::timestamptz, 'infinity') AND c.effective_at <= coalesce($3::timestamptz, 'infinity')
        AND c.currency = coalesce($4::text, c.currency) AND c.class_of_value = coalesce($5::text, c.class_of_value)
        AND ($6::uuid IS NULL OR c.lots @> jsonb_build_array(jsonb_build_object('offering_id', $6)))
        AND ($9::uuid[] IS NULL OR c.certificate_id = ANY ($9))
    GROUP BY 1, 2, 3
    UNION ALL
    SELECT c.currency, c.class_of_value,
        CASE $8::text
            WHEN 'issued_on' THEN (c.issued_at AT TIME ZONE $7::text)::date
            WHEN 'good_through' THEN last.good_through_after
            WHEN 'active_on' THEN (coalesce(NULL, (
                SELECT j.effective_at FROM journal j
                WHERE j.merchant_id = $1 AND j.subject_id = c.certificate_id AND j.seq <= last.seq
                    AND j.kind IN ('issue', 'activate', 'reload', 'redeem', 'hold', 'capture', 'reverse', 'transfer')
                ORDER BY j.seq DESC
                LIMIT 1
            )) AT TIME ZONE $7)::date
            WHEN 'clock_on' THEN (CASE WHEN jsonb_array_length(c.lots) = 1 THEN (c.lots -> 0 ->> 'first_issued_at')::timestamptz ELSE (
                SELECT min((lot ->> 'first_issued_at')::timestamptz) FROM jsonb_array_elements(c.lots) AS lot
            ) END AT TIME ZONE $7)::date
        END AS told_on,
        count(*), sum(last.balance_after), sum(last.gratuity_after)
    FROM certificates c
    CROSS JOIN LATERAL (
        SELECT j.seq, j.balance_after, j.gratuity_after, j.good_through_after
        FROM journal j
        WHERE j.merchant_id = c.merchant_id AND j.subject_id = c.certificate_id
            AND j.recorded_at <= coalesce($2::timestamptz, 'infinity') AND j.effective_at <= coalesce($3::timestamptz, 'infinity')
        ORDER BY j.seq DESC
        LIMIT 1
    ) AS last
    WHERE c.merchant_id = $1 AND (c.recorded_at > $2 OR c.effective_at > $3) AND last.balance_after + last.gratuity_after > 0
        AND c.currency = coalesce($4, c.currency) AND c.class_of_value = coalesce($5, c.class_of_value)
        AND ($6 IS NULL OR c.lots @> jsonb_build_array(jsonb_build_object('offering_id', $6)))
        AND ($9 IS NULL OR c.certificate_id = ANY ($9))
    GROUP BY 1, 2, 3
) AS standing
GROUP BY 1, 2, 3

-- name: exceptions
-- What is looked at first where something is amiss, told by $7: who acted, on which device, or in which hour of the day of the zone $6. What
-- seals cover was counted with them; what was recorded since is counted here. Sales for cash in the quarter of an hour in which a device of $8 was
-- closed at the moment of $9, or the one before, are told again as late ones.
WITH sealed AS MATERIALIZED (
    SELECT number, cut FROM seals
    WHERE merchant_id = $1 AND ($4::timestamptz IS NULL OR cut <= $4)
        AND number <= (SELECT max(seal_number) FROM ledger_figures WHERE merchant_id = $1)
    ORDER BY number DESC
    LIMIT 1
),
told AS (
    SELECT d.actor, d.device_id, d.slot, d.act, d.count
    FROM ledger_acts d
    WHERE d.merchant_id = $1 AND d.seal_number <= (SELECT number FROM sealed) AND d.location_id = coalesce($5::uuid, d.location_id)
        AND d.booked_on >= coalesce($2::date, '-infinity') AND d.booked_on < coalesce($3::date, 'infinity')
    UNION ALL
    SELECT j.actor, j.device_id, date_bin('15 minutes', j.effective_at, '2000-01-01T00:00:00Z'), done.act, count(DISTINCT j.operation_id)
    FROM journal j
    CROSS JOIN LATERAL (VALUES
        ('redemptions', j.kind IN ('redeem', 'capture')), ('undone', j.kind IN ('reverse', 'undo_reload')
            OR (j.kind = 'void' AND j.reason = 'error' AND j.device_id IS NOT NULL)),
        ('typed', j.kind = 'redeem' AND j.entry_mode = 'typed'), ('found', j.kind = 'redeem' AND j.entry_mode = 'found'),
        ('without_reference', j.kind = 'redeem' AND j.memo_hash IS NULL),
        ('sold_by_same', j.kind = 'redeem' AND j.actor = (
            SELECT f.actor FROM journal f
            WHERE f.merchant_id = j.merchant_id AND f.subject_id = j.subject_id AND f.kind IN ('issue', 'activate')
            ORDER BY f.seq
            LIMIT 1
        )),
        ('cash_sales', j.kind IN ('issue', 'activate', 'reload') AND j.debit = 'cash'), ('cash_outs', j.kind = 'cash_out'),
        ('drawer_differences', j.kind = 'count' AND j.amount > 0)
    ) AS done (act, holds)
    WHERE j.merchant_id = $1 AND j.recorded_at > coalesce((SELECT cut FROM sealed), '-infinity') AND j.recorded_at <= coalesce($4::timestamptz, 'infinity')
        AND j.location_id = coalesce($5, j.location_id) AND j.booked_on >= coalesce($2::date, '-infinity') AND j.booked_on < coalesce($3::date, 'infinity')
        AND done.holds AND j.kind IN ('redeem', 'capture', 'reverse', 'undo_reload', 'cash_out', 'issue', 'activate', 'reload', 'count', 'void')
    GROUP BY j.booked_on, j.location_id, 1, 2, 3, 4
)
SELECT coalesce(CASE $7::text WHEN 'actor' THEN told.actor WHEN 'device_id' THEN told.device_id::text
        ELSE lpad(extract(hour FROM told.slot AT TIME ZONE $6::text)::text, 2, '0') END, '') AS told,
    act.name AS act, sum(told.count)::bigint AS count
FROM told
CROSS JOIN LATERAL (
    SELECT told.act AS name
    UNION ALL
    SELECT 'cash_sales_late'
    WHERE told.act = 'cash_sales' AND EXISTS (
        SELECT 1 FROM unnest($8::uuid[], $9::timestamptz[]) AS closed (device_id, at)
        WHERE closed.device_id = told.device_id AND told.slot <= closed.at
            AND told.slot >= date_bin('15 minutes', closed.at, '2000-01-01T00:00:00Z') - interval '15 minutes'
    )
) AS act
GROUP BY 1, 2

-- name: by_day
-- What changed each day in what is outstanding, by currency and class of value, known by $4, on the days before $3: the first line of each is all
-- that was before $2. What seals cover is read from the sums of days, the rest row by row.
WITH sealed AS MATERIALIZED (
    SELECT number, cut FROM seals
    WHERE merchant_id = $1 AND ($4::timestamptz IS NULL OR cut <= $4)
    ORDER BY number DESC
    LIMIT 1
)
SELECT CASE WHEN booked_on < $2::date THEN NULL ELSE booked_on END AS booked_on, currency, class_of_value, sum(change)::bigint AS change
FROM (
    SELECT d.booked_on, d.currency, d.class_of_value, CASE WHEN d.credit IN ('certificates_outstanding', 'promotional_outstanding') THEN d.sum ELSE -d.sum END AS change
    FROM ledger_days d
    WHERE d.merchant_id = $1 AND d.seal_number <= (SELECT number FROM sealed) AND ($3::date IS NULL OR d.booked_on < $3)
        AND (d.debit IN ('certificates_outstanding', 'promotional_outstanding')) <> (d.credit IN ('certificates_outstanding', 'promotional_outstanding'))
    UNION ALL
    SELECT j.booked_on, j.currency, c.class_of_value, CASE WHEN j.credit IN ('certificates_outstanding', 'promotional_outstanding') THEN j.amount ELSE -j.amount END
    FROM journal j
    JOIN certificates c ON c.merchant_id = j.merchant_id AND c.certificate_id = j.subject_id
    WHERE j.merchant_id = $1 AND j.recorded_at > coalesce((SELECT cut FROM sealed), '-infinity')
        AND ($4::timestamptz IS NULL OR j.recorded_at <= $4) AND ($3::date IS NULL OR j.booked_on < $3)
        AND (j.debit IN ('certificates_outstanding', 'promotional_outstanding')) <> (j.credit IN ('certificates_outstanding', 'promotional_outstanding'))
) AS told
GROUP BY 1, 2, 3
ORDER BY 1 NULLS FIRST, 2, 3
