-- name: device_sums
-- What rows that name device $2 come to, by kind, reason, actor and accounts: those recorded after $3 and at or before $4 (null: open), but
-- for the operations $5. Of an operation's rows one is counted: that which moved what a customer paid or was paid with ($6), else what a
-- certificate holds ($7), else any; so counts may be added up over accounts and reasons.
SELECT kind, reason, actor, currency, debit, credit, count(*) FILTER (WHERE nth = 1)::int AS count, coalesce(sum(amount), 0)::bigint AS sum
FROM (
    SELECT j.*, row_number() OVER (
        PARTITION BY operation_id, kind, actor
        ORDER BY (debit = ANY($6) OR credit = ANY($6)) DESC, (debit = ANY($7) OR credit = ANY($7)) DESC, debit, credit, reason
    ) AS nth
    FROM journal j
    WHERE merchant_id = $1 AND device_id = $2 AND amount IS NOT NULL AND operation_id <> ALL($5::uuid[])
        AND ($3::timestamptz IS NULL OR recorded_at > $3) AND ($4::timestamptz IS NULL OR recorded_at <= $4)
) AS rows
GROUP BY 1, 2, 3, 4, 5, 6
ORDER BY 1, 2 NULLS FIRST, 3, 4, 5, 6

-- name: days_unclosed
-- On which days from $2 and before $3 a device of $4 moved cash or took cards, with all that was recorded on it by the moment of $5 left out: what
-- the close of its day took in. What counting books comes after that, and is no reason to count again.
SELECT j.device_id, j.booked_on, count(DISTINCT j.operation_id)::bigint AS count
FROM journal j
JOIN unnest($4::uuid[], $5::timestamptz[]) AS closed (device_id, cut) ON closed.device_id = j.device_id
WHERE j.merchant_id = $1 AND j.device_id IS NOT NULL AND j.booked_on >= $2 AND j.booked_on < $3
    AND j.recorded_at > coalesce(closed.cut, '-infinity') AND j.kind NOT IN ('count', 'terminal_batch')
    AND (j.debit IN ('cash', 'terminal') OR j.credit IN ('cash', 'terminal'))
GROUP BY 1, 2
ORDER BY 2, 1
