-- name: clock_of_books
-- The clock of the database where a merchant's books are.
SELECT clock_timestamp() FROM books WHERE merchant_id = $1

-- name: move_cut
-- Move the moment up to which a merchant's books are sealed. It waits for whoever posts, who hold the row, and whoever posts after it finds
-- the new one.
UPDATE books SET sealed_through = greatest(sealed_through, $2) WHERE merchant_id = $1 RETURNING sealed_through

-- name: hold_still
-- Have the transaction that begins see the database as it is at its first query.
SET TRANSACTION ISOLATION LEVEL REPEATABLE READ

-- name: open_from
-- Open a merchant's books from a moment on: nothing counts as having happened before it. It waits for whoever posts.
UPDATE books SET open_from = $2 WHERE merchant_id = $1

-- name: cut_of
-- Up to which moment a merchant's books are sealed.
SELECT sealed_through FROM books WHERE merchant_id = $1

-- name: last_seal
-- A merchant's newest seal.
SELECT * FROM seals WHERE merchant_id = $1 ORDER BY number DESC LIMIT 1

-- name: find_seal
-- One seal of a merchant.
SELECT * FROM seals WHERE merchant_id = $1 AND number = $2

-- name: list_seals
-- All seals of a merchant, oldest first.
SELECT * FROM seals WHERE merchant_id = $1 ORDER BY number

-- name: anything_since
-- Whether anything was recorded of a merchant after a moment.
SELECT EXISTS (SELECT 1 FROM journal WHERE merchant_id = $1 AND recorded_at > coalesce($2::timestamptz, '-infinity'))

-- name: write_days
-- Add up the rows that a seal ($2) covers and the one before it did not, by business day. The first row of a subject says its class, or its
-- certificate, where the journal does not yet; of one that was prepared, the row after says it, for nothing but a void comes between.
INSERT INTO ledger_days (merchant_id, booked_on, seal_number, currency, class_of_value, location_id, kind, debit, credit, count, sum)
SELECT j.merchant_id, j.booked_on, $2, j.currency, CASE opening.kind WHEN 'prepare' THEN coalesce(sale.class_of_value, '')
        ELSE coalesce(opening.class_of_value, c.class_of_value, '') END,
    j.location_id, j.kind, coalesce(j.debit, ''), coalesce(j.credit, ''), count(*), coalesce(sum(j.amount), 0)
FROM journal j
LEFT JOIN journal opening ON opening.merchant_id = j.merchant_id AND opening.subject_id = j.subject_id AND opening.seq = 1
LEFT JOIN journal sale ON opening.kind = 'prepare' AND j.seq > 1 AND sale.merchant_id = j.merchant_id AND sale.subject_id = j.subject_id AND sale.seq = 2
LEFT JOIN certificates c ON c.merchant_id = j.merchant_id AND c.certificate_id = j.subject_id
WHERE j.merchant_id = $1 AND j.recorded_at > coalesce($3::timestamptz, '-infinity') AND j.recorded_at <= $4
GROUP BY 1, 2, 4, 5, 6, 7, 8, 9

-- name: leaves
-- Every subject as it stood at a cut, by its id: its last row up to there. A certificate tells its own, unless it has moved since.
SELECT subject_id, seq, hash
FROM (
    SELECT certificate_id AS subject_id, seq, head AS hash FROM certificates WHERE merchant_id = $1 AND recorded_at <= $2
    UNION ALL
    SELECT c.certificate_id, last.seq, last.hash
    FROM certificates c
    CROSS JOIN LATERAL (
        SELECT j.seq, j.hash
        FROM journal j
        WHERE j.merchant_id = c.merchant_id AND j.subject_id = c.certificate_id AND j.recorded_at <= $2
        ORDER BY j.seq DESC
        LIMIT 1
    ) AS last
    WHERE c.merchant_id = $1 AND c.recorded_at > $2
    UNION ALL
    (
        SELECT DISTINCT ON (subject_id) subject_id, seq, hash
        FROM journal
        WHERE merchant_id = $1 AND subject_kind <> 'certificate' AND recorded_at <= $2
        ORDER BY subject_id, seq DESC
    )
) AS standing
ORDER BY subject_id

-- name: write_seal
-- A seal; another of the same number is refused by the key.
INSERT INTO seals (merchant_id, number, format, cut, leaf_count, row_count, totals, root, previous, hash, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)

-- name: sealed_rows
-- Every row of a merchant's journal up to a cut, by subject.
SELECT * FROM journal WHERE merchant_id = $1 AND recorded_at <= $2 ORDER BY subject_id, seq

-- name: merchants_to_seal
-- Who has rows of a business day that has ended at home, and no seal covers; and whose cut was moved, and nothing sealed up to it.
SELECT b.merchant_id
FROM books b
WHERE EXISTS (
    SELECT 1 FROM journal j
    WHERE j.merchant_id = b.merchant_id AND j.recorded_at > coalesce(b.sealed_through, '-infinity')
        AND j.recorded_at < (($1::timestamptz AT TIME ZONE b.time_zone - make_interval(hours => b.cut_off_hour))::date
            + make_interval(hours => b.cut_off_hour)) AT TIME ZONE b.time_zone
)
UNION
SELECT b.merchant_id
FROM books b
WHERE b.sealed_through IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM seals s WHERE s.merchant_id = b.merchant_id AND s.cut >= b.sealed_through)

-- name: sealed_merchants
-- Who has seals, or sums of sealed days.
SELECT merchant_id FROM seals UNION SELECT merchant_id FROM ledger_days ORDER BY merchant_id

-- name: day_differences
-- Days that do not say what the rows of their seal come to; $2: the cuts of all seals, from the first.
SELECT coalesce(seal_number, 0) AS seal_number, booked_on, coalesce(d.count, 0) AS count, coalesce(d.sum, 0) AS sum, coalesce(r.count, 0) AS rows,
    coalesce(r.sum, 0) AS rows_sum
FROM (SELECT * FROM ledger_days WHERE merchant_id = $1) AS d
FULL JOIN (
    SELECT told.seal_number, booked_on, currency, class_of_value, location_id, kind, debit, credit, count(*) AS count, sum(amount) AS sum
    FROM (
        SELECT
            width_bucket(j.recorded_at - interval '1 microsecond', $2::timestamptz[]) + 1 AS seal_number,
            j.booked_on, j.currency, j.location_id, j.kind, coalesce(j.debit, '') AS debit, coalesce(j.credit, '') AS credit,
            CASE opening.kind WHEN 'prepare' THEN coalesce(sale.class_of_value, '')
                ELSE coalesce(opening.class_of_value, c.class_of_value, '') END AS class_of_value, coalesce(j.amount, 0) AS amount
        FROM journal j
        LEFT JOIN journal opening ON opening.merchant_id = j.merchant_id AND opening.subject_id = j.subject_id AND opening.seq = 1
        LEFT JOIN journal sale ON opening.kind = 'prepare' AND j.seq > 1 AND sale.merchant_id = j.merchant_id AND sale.subject_id = j.subject_id AND sale.seq = 2
        LEFT JOIN certificates c ON c.merchant_id = j.merchant_id AND c.certificate_id = j.subject_id
        WHERE j.merchant_id = $1
    ) AS told
    WHERE told.seal_number <= cardinality($2::timestamptz[])
    GROUP BY 1, 2, 3, 4, 5, 6, 7, 8
) AS r USING (seal_number, booked_on, currency, class_of_value, location_id, kind, debit, credit)
WHERE (d.count, d.sum) IS DISTINCT FROM (r.count, r.sum)

-- name: days_by_seal
-- What each seal's days come to by account, seal after seal, or those of one ($2): the rows that there are, debits and credits.
SELECT seal_number, currency, account, sum(rows) AS rows, sum(debits) AS debits, sum(credits) AS credits
FROM (
    SELECT seal_number, currency, debit AS account, count AS rows, sum AS debits, 0 AS credits FROM ledger_days WHERE merchant_id = $1
    UNION ALL
    SELECT seal_number, currency, credit, 0, 0, sum FROM ledger_days WHERE merchant_id = $1
) AS sides
WHERE $2::integer IS NULL OR seal_number = $2
GROUP BY seal_number, currency, account
ORDER BY seal_number

-- name: leaves_of_all
-- The leaves of all seals of a merchant, by subject: the last of its rows that each seal covers. $2: the cuts of all seals.
SELECT subject_id, seq, hash, seal_place
FROM (
    SELECT subject_id, seq, hash, seal_place, lead(seal_place) OVER (PARTITION BY subject_id ORDER BY seq) AS following
    FROM (
        SELECT subject_id, seq, hash, width_bucket(recorded_at - interval '1 microsecond', $2::timestamptz[]) AS seal_place
        FROM journal
        WHERE merchant_id = $1
    ) AS placed
) AS walked
WHERE seal_place < cardinality($2::timestamptz[]) AND seal_place IS DISTINCT FROM following
ORDER BY subject_id, seq
