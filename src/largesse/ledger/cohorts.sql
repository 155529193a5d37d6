-- name: cohorts
-- What became of what was filled in each month, by legal entity, currency and class: what the rows of its lots that were booked before $2 and
-- recorded by $3 moved of the value pot, and of the discount and tax within it. The month is that of a lot's first row. Given value is nobody's.
WITH opened AS (
    SELECT lot_id, date_trunc('month', min(booked_on))::date AS month
    FROM journal
    WHERE merchant_id = $1 AND lot_id IS NOT NULL AND subject_kind = 'certificate'
    GROUP BY lot_id
)
SELECT o.month, j.legal_entity_id, j.currency, c.class_of_value, j.kind, j.debit, j.credit, sum(j.amount)::bigint AS sum
FROM journal j
JOIN opened o ON o.lot_id = j.lot_id
JOIN certificates c ON c.merchant_id = j.merchant_id AND c.certificate_id = j.subject_id
WHERE j.merchant_id = $1 AND j.booked_on < $2 AND j.recorded_at <= coalesce($3::timestamptz, 'infinity') AND j.amount IS NOT NULL
    AND j.leg IN ('value', 'discount', 'included_tax') AND j.kind <> 'transfer' AND c.class_of_value IN ('paid', 'credit')
GROUP BY 1, 2, 3, 4, 5, 6, 7

-- name: estimates
-- What stands in the books as breakage that is estimated, by what its rows refer to: those of subject $2 that were booked before $3 and
-- recorded by $4.
SELECT refers_to, sum(CASE kind WHEN 'estimate_breakage' THEN amount ELSE -amount END)::bigint AS sum
FROM journal
WHERE merchant_id = $1 AND subject_id = $2 AND kind IN ('estimate_breakage', 'release_breakage') AND booked_on < $3
    AND recorded_at <= coalesce($4::timestamptz, 'infinity')
GROUP BY 1
