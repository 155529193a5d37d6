-- name: insert_account
-- A new account; nothing where one of its number and currency, or of its name, stands.
INSERT INTO bank_accounts (merchant_id, account_id, name, number, currency, legal_entity_id, made_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT DO NOTHING

-- name: list_accounts
-- A merchant's accounts: those in use first, then by name.
SELECT merchant_id, account_id, name, number, currency, legal_entity_id, columns, made_at, retired_at
FROM bank_accounts
WHERE merchant_id = $1
ORDER BY retired_at IS NOT NULL, lower(name)

-- name: lock_account
-- One account, locked: its statements are brought one after another.
SELECT merchant_id, account_id, name, number, currency, legal_entity_id, columns, made_at, retired_at
FROM bank_accounts
WHERE merchant_id = $1 AND account_id = $2
FOR UPDATE

-- name: retire_account
-- Since when an account is used no more; nothing takes it into use again.
UPDATE bank_accounts SET retired_at = $3
WHERE merchant_id = $1 AND account_id = $2

-- name: keep_columns
-- What the columns of a bank's CSV mean.
UPDATE bank_accounts SET columns = $3::jsonb
WHERE merchant_id = $1 AND account_id = $2

-- name: statement_of
-- The statement that a file was taken as.
SELECT merchant_id, statement_id, account_id, digest, format, file_name, number, lines, added, opened_on, opening, closed_on, closing, gap,
    taken_by, taken_at
FROM bank_statements
WHERE merchant_id = $1 AND account_id = $2 AND digest = $3

-- name: list_statements
-- What was taken of a merchant's accounts, or of one, the newest first.
SELECT merchant_id, statement_id, account_id, digest, format, file_name, number, lines, added, opened_on, opening, closed_on, closing, gap,
    taken_by, taken_at
FROM bank_statements
WHERE merchant_id = $1 AND ($2::uuid IS NULL OR account_id = $2)
ORDER BY taken_at DESC, statement_id DESC
LIMIT $3

-- name: balance_before
-- What the last statement that ends on a day or before it closed with.
SELECT closing FROM bank_statements
WHERE merchant_id = $1 AND account_id = $2 AND closing IS NOT NULL AND closed_on <= $3
ORDER BY closed_on DESC, taken_at DESC
LIMIT 1

-- name: insert_statement
-- A file that was taken.
INSERT INTO bank_statements (merchant_id, statement_id, account_id, digest, format, file_name, number, lines, added, opened_on, opening,
    closed_on, closing, gap, taken_by, taken_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)

-- name: known_lines
-- Which of some lines stand already.
SELECT digest FROM bank_lines
WHERE merchant_id = $1 AND account_id = $2 AND digest = ANY($3::bytea[])

-- name: insert_lines
-- The new lines of a statement.
INSERT INTO bank_lines (merchant_id, line_id, account_id, statement_id, digest, place, part, booked_on, value_on, amount, currency,
    remaining, state, entry_reference, name, iban, text, structured, end_to_end, code, reversed, kept_at)
SELECT $1, new.line_id, $2, $3, decode(new.digest, 'hex'), new.place, new.part, new.booked_on, new.value_on, new.amount, new.currency,
    new.amount, 'open', new.entry_reference, new.name, new.iban, new.text, new.structured, new.end_to_end, new.code, new.reversed, $4
FROM jsonb_to_recordset($5::jsonb) AS new (line_id uuid, digest text, place integer, part integer, booked_on date, value_on date,
    amount bigint, currency text, entry_reference text, name text, iban text, text text, structured text, end_to_end text, code text,
    reversed boolean)

-- name: lock_line
-- One line, locked: two people do not match it at once.
SELECT * FROM bank_lines
WHERE merchant_id = $1 AND line_id = $2
FOR UPDATE

-- name: find_line
-- One line.
SELECT * FROM bank_lines
WHERE merchant_id = $1 AND line_id = $2

-- name: waiting_lines
-- Lines that wait to be matched, the oldest first, behind one of them.
SELECT * FROM bank_lines
WHERE merchant_id = $1 AND state = 'open' AND (booked_on, line_id) > ($2::date, $3::uuid)
ORDER BY booked_on, line_id
LIMIT $4

-- name: lines_of
-- Lines of a state, or of all, the newest first.
SELECT * FROM bank_lines
WHERE merchant_id = $1 AND ($2::text IS NULL OR state = $2) AND ($3::uuid IS NULL OR account_id = $3)
ORDER BY booked_on DESC, line_id DESC
LIMIT $4

-- name: count_waiting
-- How many lines wait, and since when the oldest does.
SELECT count(*) AS lines, min(booked_on) AS oldest FROM bank_lines
WHERE merchant_id = $1 AND state = 'open'

-- name: move_line
-- What of a line is not matched, and what became of it. It is locked.
UPDATE bank_lines SET remaining = $3, state = $4, note = $5
WHERE merchant_id = $1 AND line_id = $2
