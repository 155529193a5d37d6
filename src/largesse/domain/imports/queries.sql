-- name: insert_import
-- A file that was brought; nothing where the merchant has it already.
INSERT INTO imports (merchant_id, import_id, state, file_name, file_digest, header_digest, choices, terms, summary, created_by, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7::jsonb, $8::jsonb, $9::jsonb, $10, $11)
ON CONFLICT (merchant_id, file_digest) WHERE state NOT IN ('reversed', 'failed') DO NOTHING
RETURNING import_id

-- name: insert_table
-- The sealed table of a file.
INSERT INTO import_tables (merchant_id, import_id, cipher, key_id) VALUES ($1, $2, $3, $4)

-- name: find_import
-- One import.
SELECT * FROM imports WHERE merchant_id = $1 AND import_id = $2

-- name: lock_import
-- One import, until the transaction ends.
SELECT * FROM imports WHERE merchant_id = $1 AND import_id = $2 FOR UPDATE

-- name: import_of_file
-- The import of a file that stands, or is under way.
SELECT * FROM imports WHERE merchant_id = $1 AND file_digest = $2 AND state NOT IN ('reversed', 'failed')

-- name: list_imports
-- All imports, the newest first.
SELECT * FROM imports WHERE merchant_id = $1 ORDER BY created_at DESC, import_id DESC LIMIT $2

-- name: choices_of_header
-- What was said of the last file with the same header that was imported.
SELECT choices FROM imports
WHERE merchant_id = $1 AND header_digest = $2 AND state IN ('importing', 'done', 'reversing', 'reversed')
ORDER BY created_at DESC
LIMIT 1

-- name: table_of
-- The sealed table of a file.
SELECT cipher, key_id FROM import_tables WHERE merchant_id = $1 AND import_id = $2

-- name: delete_table
-- Forget the table of a file.
DELETE FROM import_tables WHERE merchant_id = $1 AND import_id = $2

-- name: put_answers
-- What was said of a file that is not imported yet, and what it brings so.
UPDATE imports SET choices = $3::jsonb, terms = $4::jsonb, summary = $5::jsonb
WHERE merchant_id = $1 AND import_id = $2 AND state = 'staged'

-- name: begin
-- The word to go.
UPDATE imports
SET state = 'importing', terms = $3::jsonb, summary = $4::jsonb, rows = $5, progress = 0, confirmed_by = $6, confirmed_at = $7
WHERE merchant_id = $1 AND import_id = $2 AND state = 'staged'

-- name: put_progress
-- How far it is.
UPDATE imports SET progress = $3, kept = $4 WHERE merchant_id = $1 AND import_id = $2

-- name: put_state
-- Another state, from which counting begins anew.
UPDATE imports
SET state = $3, progress = $4, trouble = $5, finished_at = coalesce($6, finished_at), reversed_by = coalesce($7, reversed_by),
    reversed_at = coalesce($8, reversed_at)
WHERE merchant_id = $1 AND import_id = $2

-- name: insert_certificates
-- Which certificates an import opened, by line of its file.
INSERT INTO imported_certificates (merchant_id, import_id, line, certificate_id)
SELECT $1, $2, opened.line, opened.certificate_id FROM unnest($3::integer[], $4::uuid[]) AS opened (line, certificate_id)

-- name: certificates_after
-- The next certificates of an import after some.
SELECT certificate_id FROM imported_certificates WHERE merchant_id = $1 AND import_id = $2 ORDER BY line OFFSET $3 LIMIT $4

-- name: import_of_certificate
-- Which import opened a certificate, and from which line.
SELECT import_id, line FROM imported_certificates WHERE merchant_id = $1 AND certificate_id = $2

-- name: merchants_under_way
-- The imports of all merchants that are under way.
SELECT merchant_id, import_id FROM imports WHERE state IN ('importing', 'reversing', 'undoing')

-- name: merchants_with_staged
-- The merchants that brought files before a moment and never imported them.
SELECT DISTINCT merchant_id FROM imports WHERE state = 'staged' AND created_at < $1

-- name: forget_staged
-- Forget files of a merchant that were brought and never imported.
DELETE FROM imports WHERE merchant_id = $1 AND state = 'staged' AND created_at < $2

-- name: forget_tables
-- Their tables.
DELETE FROM import_tables t
WHERE t.merchant_id = $1 AND NOT EXISTS (SELECT 1 FROM imports i WHERE i.merchant_id = t.merchant_id AND i.import_id = t.import_id)

-- name: withdraw
-- Forget a file that was brought and not imported.
DELETE FROM imports WHERE merchant_id = $1 AND import_id = $2 AND state = 'staged'

-- name: has_imported
-- Whether a merchant has taken certificates over from another system.
SELECT EXISTS (SELECT 1 FROM imported_certificates WHERE merchant_id = $1)

-- name: holds_any
-- Whether there is any sealed table.
SELECT EXISTS (SELECT 1 FROM import_tables)

-- name: count_by_key
-- How many tables are sealed under each key.
SELECT key_id, count(*) AS sealed FROM import_tables GROUP BY key_id

-- name: lock_batch
-- The next tables that are not under a key.
SELECT merchant_id, import_id, cipher, key_id FROM import_tables
WHERE (merchant_id, import_id) > ($1, $2) AND key_id <> $3
ORDER BY merchant_id, import_id
LIMIT $4
FOR UPDATE

-- name: replace_seal
-- Put a table under another key.
UPDATE import_tables SET cipher = $3, key_id = $4 WHERE merchant_id = $1 AND import_id = $2

-- name: insert_recipients
-- Whom some certificates are for: $2 to $5 are their ids, addresses, names and languages.
INSERT INTO imported_recipients (merchant_id, certificate_id, email, name, locale)
SELECT $1, given.certificate_id, given.email, given.name, given.locale
FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) AS given (certificate_id, email, name, locale)

-- name: recipients_of
-- Whom some certificates are for.
SELECT certificate_id, email, name, locale FROM imported_recipients WHERE merchant_id = $1 AND certificate_id = ANY($2::uuid[])

-- name: forget_recipients
-- Whom some certificates were for is forgotten.
DELETE FROM imported_recipients WHERE merchant_id = $1 AND certificate_id = ANY($2::uuid[])

-- name: erase_recipient
-- Somebody by their address in lower case is forgotten.
DELETE FROM imported_recipients WHERE merchant_id = $1 AND lower(email) = $2 RETURNING certificate_id
