-- name: figured_through
-- The newest seal of a merchant whose rows have their figures and acts; null where none has.
SELECT max(seal_number) FROM ledger_figures WHERE merchant_id = $1

-- name: cuts_after
-- The cuts of a merchant's seals after one, in their order.
SELECT cut FROM seals WHERE merchant_id = $1 AND number > $2 ORDER BY number

-- name: write_figures
-- Add up the rows that some seals cover, by all that reports tell apart: those after the seal $2, whose cut is $3, by the cuts $4. An operation on a
-- subject is counted at the first of its rows between the same accounts, and at the first that moves the same side of what is outstanding.
INSERT INTO ledger_figures (merchant_id, booked_on, seal_number, line, currency, class_of_value, location_id, kind, leg, debit, credit, offering_id, refcode, party_id,
    legal_entity_id, home_id, tax_kind, tax_country, tax_rate_ppm, due_on,
    rows, operations, movements, sum, taxable)
SELECT $1, booked_on, seal_number, row_number() OVER (PARTITION BY booked_on, seal_number), currency, class_of_value, location_id, kind, leg, debit, credit, offering_id, refcode, party_id,
    legal_entity_id, home_id, tax_kind, tax_country, tax_rate_ppm, due_on,
    count(*), sum(operations), sum(movements), sum(amount), sum(taxable)
FROM (
    SELECT $2::integer + 1 + width_bucket(j.recorded_at - interval '1 microsecond', $4::timestamptz[]) AS seal_number,
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
        coalesce(j.amount, 0) AS amount, coalesce(j.taxable_amount, 0) AS taxable
    FROM journal j
    LEFT JOIN journal opening ON opening.merchant_id = j.merchant_id AND opening.subject_id = j.subject_id AND opening.seq = 1
    LEFT JOIN journal sale ON opening.kind = 'prepare' AND j.seq > 1 AND sale.merchant_id = j.merchant_id AND sale.subject_id = j.subject_id AND sale.seq = 2
    LEFT JOIN certificates c ON c.merchant_id = j.merchant_id AND c.certificate_id = j.subject_id
    WHERE j.merchant_id = $1 AND j.recorded_at > coalesce($3::timestamptz, '-infinity') AND j.recorded_at <= $4[cardinality($4)]
) AS told
GROUP BY booked_on, seal_number, currency, class_of_value, location_id, kind, leg, debit, credit, offering_id, refcode, party_id,
    legal_entity_id, home_id, tax_kind, tax_country, tax_rate_ppm, due_on

-- name: write_acts
-- Count what the rows that some seals cover tell of people and devices: those after the seal $2, whose cut is $3, by the cuts $4.
INSERT INTO ledger_acts (merchant_id, booked_on, seal_number, line, location_id, actor, device_id, slot, act, count)
SELECT $1, booked_on, seal_number, row_number() OVER (PARTITION BY booked_on, seal_number), location_id, actor, device_id, slot, act, count
FROM (
    SELECT $2::integer + 1 + width_bucket(j.recorded_at - interval '1 microsecond', $4::timestamptz[]) AS seal_number,
        j.booked_on, j.location_id, j.actor, j.device_id, date_bin('15 minutes', j.effective_at, '2000-01-01T00:00:00Z') AS slot, done.act,
        count(DISTINCT j.operation_id) AS count
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
    WHERE j.merchant_id = $1 AND j.recorded_at > coalesce($3::timestamptz, '-infinity') AND j.recorded_at <= $4[cardinality($4)] AND done.holds
        AND j.kind IN ('redeem', 'capture', 'reverse', 'undo_reload', 'cash_out', 'issue', 'activate', 'reload', 'count', 'void')
    GROUP BY 1, 2, 3, 4, 5, 6, 7
) AS told

-- name: figure_differences
-- Days whose figures are not what the rows of their seal come to; $2: the cuts of the seals that have figures, from the first.
SELECT seal_number, booked_on
FROM (
    SELECT seal_number, booked_on, currency, class_of_value, location_id, kind, leg, debit, credit, offering_id, refcode, party_id,
    legal_entity_id, home_id, tax_kind, tax_country, tax_rate_ppm, due_on,
        rows, operations, movements, sum, taxable
    FROM ledger_figures
    WHERE merchant_id = $1
    UNION ALL
    SELECT seal_number, booked_on, currency, class_of_value, location_id, kind, leg, debit, credit, offering_id, refcode, party_id,
    legal_entity_id, home_id, tax_kind, tax_country, tax_rate_ppm, due_on,
        -1, -operations, -movements, -amount, -taxable
    FROM (
        SELECT 1 + width_bucket(j.recorded_at - interval '1 microsecond', $2::timestamptz[]) AS seal_number,
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
        coalesce(j.amount, 0) AS amount, coalesce(j.taxable_amount, 0) AS taxable
    FROM journal j
    LEFT JOIN journal opening ON opening.merchant_id = j.merchant_id AND opening.subject_id = j.subject_id AND opening.seq = 1
    LEFT JOIN journal sale ON opening.kind = 'prepare' AND j.seq > 1 AND sale.merchant_id = j.merchant_id AND sale.subject_id = j.subject_id AND sale.seq = 2
    LEFT JOIN certificates c ON c.merchant_id = j.merchant_id AND c.certificate_id = j.subject_id
        WHERE j.merchant_id = $1 AND j.recorded_at <= $2[cardinality($2)]
    ) AS told
) AS both_sides
GROUP BY seal_number, booked_on, currency, class_of_value, location_id, kind, leg, debit, credit, offering_id, refcode, party_id,
    legal_entity_id, home_id, tax_kind, tax_country, tax_rate_ppm, due_on
HAVING sum(rows) <> 0 OR sum(operations) <> 0 OR sum(movements) <> 0 OR sum(sum) <> 0 OR sum(taxable) <> 0

-- name: act_differences
-- Days of which other acts are counted than the rows of their seal tell; $2 as above.
SELECT seal_number, booked_on
FROM (
    SELECT seal_number, booked_on, location_id, actor, device_id, slot, act, count FROM ledger_acts WHERE merchant_id = $1
    UNION ALL
    (
        SELECT 1 + width_bucket(j.recorded_at - interval '1 microsecond', $2::timestamptz[]), j.booked_on, j.location_id, j.actor, j.device_id,
            date_bin('15 minutes', j.effective_at, '2000-01-01T00:00:00Z'), done.act, -count(DISTINCT j.operation_id)
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
        WHERE j.merchant_id = $1 AND j.recorded_at <= $2[cardinality($2)] AND done.holds AND j.kind IN ('redeem', 'capture', 'reverse', 'undo_reload', 'cash_out', 'issue', 'activate', 'reload', 'count', 'void')
        GROUP BY 1, 2, 3, 4, 5, 6, 7
    )
) AS both_sides
GROUP BY seal_number, booked_on, location_id, actor, device_id, slot, act
HAVING sum(count) <> 0
