-- name: insert_head
-- What the exports of a merchant are counted by; nothing where it has one.
INSERT INTO book_heads (merchant_id) VALUES ($1) ON CONFLICT DO NOTHING

-- name: lock_head
-- The number of the last export and the version of the accounts, locked: exports of one merchant are made one after the other.
SELECT last_set, last_mapping FROM book_heads WHERE merchant_id = $1 FOR UPDATE

-- name: count_set
-- The next number of an export.
UPDATE book_heads SET last_set = last_set + 1 WHERE merchant_id = $1 RETURNING last_set

-- name: count_mapping
-- The next version of the accounts, where $2 is still the last; nothing where somebody was faster.
UPDATE book_heads SET last_mapping = last_mapping + 1 WHERE merchant_id = $1 AND last_mapping = $2 RETURNING last_mapping

-- name: insert_mapping
-- A version of the accounts.
INSERT INTO book_mappings (merchant_id, version, lines, facts, made_by, made_at) VALUES ($1, $2, $3::jsonb, $4::jsonb, $5, $6)

-- name: find_mapping
-- A version of the accounts, or where $2 is null the last one.
SELECT merchant_id, version, lines, facts, made_by, made_at
FROM book_mappings
WHERE merchant_id = $1 AND version = coalesce($2::integer, (SELECT max(version) FROM book_mappings WHERE merchant_id = $1))

-- name: list_mappings
-- All versions of the accounts, the newest first.
SELECT merchant_id, version, lines, facts, made_by, made_at FROM book_mappings WHERE merchant_id = $1 ORDER BY version DESC

-- name: cover_of
-- How far earlier sets of a legal entity and currency went: the latest day, and of the sets with that day the latest cut.
SELECT until, max(cut) AS cut FROM book_sets
WHERE merchant_id = $1 AND legal_entity_id = $2 AND currency = $3
GROUP BY until
ORDER BY until DESC
LIMIT 1

-- name: take_rows
-- Link to set $2 what has not left: rows of legal entity $3 and currency $4 that were booked before $5 and recorded by the cut $6, without
-- memorandum $9, and without those of opening balances unless $10. What was booked before $7 and recorded by $8 has left with an earlier set, or
-- was left out by it, so only what $10 asks for is looked for there. One statement, however many rows: none passes through a program.
INSERT INTO book_set_rows (merchant_id, subject_id, seq, set_number)
SELECT j.merchant_id, j.subject_id, j.seq, $2
FROM journal j
WHERE j.merchant_id = $1 AND j.legal_entity_id = $3 AND j.currency = $4 AND j.booked_on < $5::date AND j.recorded_at <= $6::timestamptz
    AND j.amount IS NOT NULL AND j.debit <> ALL ($9::text[]) AND j.credit <> ALL ($9)
    AND ($10::bool OR 'opening_balances' NOT IN (j.debit, j.credit))
    AND (j.booked_on >= coalesce($7::date, '-infinity') OR j.recorded_at > coalesce($8::timestamptz, '-infinity')
        OR ($10 AND 'opening_balances' IN (j.debit, j.credit)))
    AND NOT EXISTS (
        SELECT 1 FROM book_set_rows b WHERE b.merchant_id = j.merchant_id AND b.subject_id = j.subject_id AND b.seq = j.seq
    )

-- name: insert_set
-- An export that was made.
INSERT INTO book_sets (merchant_id, set_number, legal_entity_id, currency, until, imports, format, grain, language, mapping_version, cut, covered,
    first_day, last_day, rows, late_rows, total, made_by, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)

-- name: list_sets
-- All exports of a merchant with how often each was written, the newest first.
SELECT s.merchant_id, s.set_number, s.legal_entity_id, s.currency, s.until, s.imports, s.format, s.grain, s.language, s.mapping_version, s.cut, s.covered,
    s.first_day, s.last_day, s.rows, s.late_rows, s.total, s.made_by, s.made_at,
    (SELECT count(*)::int FROM book_set_files f WHERE f.merchant_id = s.merchant_id AND f.set_number = s.set_number) AS files
FROM book_sets s
WHERE s.merchant_id = $1 AND ($2::integer IS NULL OR s.set_number = $2)
ORDER BY s.set_number DESC
LIMIT $3

-- name: set_rows
-- Which export each row that left is of.
SELECT set_number, subject_id, seq FROM book_set_rows WHERE merchant_id = $1 ORDER BY set_number, subject_id, seq

-- name: note_file
-- An export was written to a file: which one of it that is, counted from 0. The set is locked meanwhile by whoever asks.
INSERT INTO book_set_files (merchant_id, set_number, file_number, format, made_by, made_at)
SELECT $1, $2, count(*)::int, $3, $4, $5 FROM book_set_files WHERE merchant_id = $1 AND set_number = $2
RETURNING file_number

-- name: set_schedule
-- A set is made by itself from now on, when a month is over.
INSERT INTO book_schedules (merchant_id, legal_entity_id, currency, format, grain, language, set_by, next_month)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (merchant_id) DO UPDATE
SET legal_entity_id = excluded.legal_entity_id, currency = excluded.currency, format = excluded.format, grain = excluded.grain,
    language = excluded.language, set_by = excluded.set_by, next_month = excluded.next_month

-- name: find_schedule
-- What is made by itself.
SELECT merchant_id, legal_entity_id, currency, format, grain, language, set_by, next_month FROM book_schedules WHERE merchant_id = $1

-- name: end_schedule
-- Nothing is made by itself any more.
DELETE FROM book_schedules WHERE merchant_id = $1

-- name: move_schedule
-- A month was exported, or had nothing: the next one is due when it is over. Nothing where somebody was faster.
UPDATE book_schedules SET next_month = $3 WHERE merchant_id = $1 AND next_month = $2

-- name: schedule_merchants
-- The merchants of which a month may be over.
SELECT merchant_id FROM book_schedules WHERE next_month <= $1::date - 27 ORDER BY merchant_id
