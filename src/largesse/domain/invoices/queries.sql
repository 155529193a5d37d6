-- name: insert_draft
-- A draft; nothing where one gathers the same already.
INSERT INTO invoices (merchant_id, invoice_id, kind, state, partner_id, entity_id, currency, grouping, group_key, taxed, po_number, note,
    created_at, created_by)
VALUES ($1, $2, 'invoice', 'draft', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT DO NOTHING

-- name: find_draft
-- The draft that gathers what has the same in common.
SELECT * FROM invoices
WHERE merchant_id = $1 AND partner_id = $2 AND entity_id = $3 AND currency = $4 AND grouping = $5 AND group_key = $6 AND taxed = $7
    AND state = 'draft'

-- name: change_draft
-- What a draft says beside its lines.
UPDATE invoices SET po_number = $3, note = $4 WHERE merchant_id = $1 AND invoice_id = $2 AND state = 'draft'

-- name: delete_draft
-- A draft, whose items are gone.
DELETE FROM invoices WHERE merchant_id = $1 AND invoice_id = $2 AND state = 'draft'

-- name: find_invoice
-- One invoice, by its id.
SELECT * FROM invoices WHERE merchant_id = $1 AND invoice_id = $2

-- name: find_by_number
-- One invoice, by its number or reference.
SELECT * FROM invoices WHERE merchant_id = $1 AND (invoice_number = $2 OR reference = $2) ORDER BY invoice_id LIMIT 1

-- name: lock_invoices
-- Some invoices, locked in the order of their ids.
SELECT * FROM invoices WHERE merchant_id = $1 AND invoice_id = ANY($2::uuid[]) ORDER BY invoice_id FOR UPDATE

-- name: document_of
-- All that an issued invoice says, and the hash of it.
SELECT document, document_hash FROM invoices WHERE merchant_id = $1 AND invoice_id = $2 AND document IS NOT NULL

-- name: drafts_of
-- The drafts of a partner, or of all of them.
SELECT * FROM invoices
WHERE merchant_id = $1 AND state = 'draft' AND ($2::uuid IS NULL OR partner_id = $2)
ORDER BY partner_id, grouping, group_key, invoice_id

-- name: open_invoices
-- The invoices of which something is open, the first due first; of one partner and currency where they are named.
SELECT * FROM invoices
WHERE merchant_id = $1 AND kind = 'invoice' AND state IN ('issued', 'part_paid') AND ($2::uuid IS NULL OR partner_id = $2)
    AND ($3::text IS NULL OR currency = $3)
ORDER BY due_on, number, invoice_id

-- name: open_totals
-- What is open of all invoices of a merchant, by currency, and of that what was due before a day or is disputed.
SELECT currency, count(*) AS invoices, sum(total - paid - credited - written_off)::bigint AS open,
    coalesce(sum(total - paid - credited - written_off) FILTER (WHERE due_on < $2), 0)::bigint AS overdue,
    coalesce(sum(total - paid - credited - written_off) FILTER (WHERE disputed_at IS NOT NULL), 0)::bigint AS disputed
FROM invoices
WHERE merchant_id = $1 AND kind = 'invoice' AND state IN ('issued', 'part_paid')
GROUP BY currency
ORDER BY currency

-- name: open_credit_notes
-- The credit notes of a partner that are not used up, the oldest first.
SELECT * FROM invoices
WHERE merchant_id = $1 AND kind = 'credit_note' AND state IN ('issued', 'part_paid') AND partner_id = $2
    AND ($3::text IS NULL OR currency = $3)
ORDER BY issued_on, invoice_id

-- name: issued_between
-- What was issued to a partner in a currency from one day through another, in the order of issue.
SELECT * FROM invoices
WHERE merchant_id = $1 AND partner_id = $2 AND currency = $3 AND issued_on BETWEEN $4 AND $5
ORDER BY issued_on, issued_at, invoice_id

-- name: credit_notes_of
-- The credit notes of an invoice, the first first.
SELECT * FROM invoices WHERE merchant_id = $1 AND corrects = $2 ORDER BY issued_at, series, number

-- name: next_number
-- The next number of a series. The row stays locked until the transaction ends, so a number is given with its invoice or not at all.
INSERT INTO invoice_series AS s (merchant_id, series, kind, last_number) VALUES ($1, $2, $3, 1)
ON CONFLICT (merchant_id, series) DO UPDATE SET last_number = s.last_number + 1 WHERE s.kind = excluded.kind
RETURNING last_number

-- name: series_of
-- The series of a merchant, and what each numbers.
SELECT series, kind, last_number FROM invoice_series WHERE merchant_id = $1 ORDER BY series

-- name: issue_invoice
-- A draft becomes what it is for good.
UPDATE invoices
SET state = $3, series = $4, number = $5, invoice_number = $6, total = $7, tax = $8, po_number = $9, reference = $10, period_from = $11,
    period_through = $12, issued_on = $13, due_on = $14, document = $15, document_hash = $16, issued_at = $17
WHERE merchant_id = $1 AND invoice_id = $2 AND state = 'draft'

-- name: insert_credit_note
-- A credit note, which is issued as it is written.
INSERT INTO invoices (merchant_id, invoice_id, kind, state, partner_id, entity_id, currency, grouping, group_key, taxed, series, number,
    invoice_number, corrects, total, tax, po_number, reference, period_from, period_through, issued_on, document, document_hash, created_at,
    created_by, issued_at)
VALUES ($1, $2, 'credit_note', 'issued', $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $22)

-- name: settle_invoice
-- What is set against an invoice; it is locked.
UPDATE invoices SET state = $3, paid = $4, credited = $5, written_off = $6, settled_at = $7
WHERE merchant_id = $1 AND invoice_id = $2 AND state <> 'draft'

-- name: dispute_invoice
-- The partner disputes an invoice, or no more.
UPDATE invoices SET disputed_at = $3, dispute_reason = $4 WHERE merchant_id = $1 AND invoice_id = $2

-- name: remind_of_invoice
-- A reminder of an invoice was sent; nothing where another one was meanwhile, or it is disputed or closed.
UPDATE invoices SET reminders = $3, reminded_at = $4
WHERE merchant_id = $1 AND invoice_id = $2 AND reminders = $3 - 1 AND disputed_at IS NULL AND state IN ('issued', 'part_paid')

-- name: insert_lines
-- The lines of an invoice.
INSERT INTO invoice_lines (merchant_id, invoice_id, line_no, refcode, quantity, face, discount, total, tax_kind, tax_country, tax_rate_ppm)
SELECT $1, $2, line_no, refcode, quantity, face, discount, total, tax_kind, tax_country, tax_rate_ppm
FROM jsonb_to_recordset($3::jsonb) AS line (line_no integer, refcode text, quantity integer, face bigint, discount bigint, total bigint,
    tax_kind text, tax_country text, tax_rate_ppm integer)

-- name: lines_of
-- The lines of an invoice.
SELECT line_no, refcode, quantity, face, discount, tax_kind, tax_country, tax_rate_ppm
FROM invoice_lines WHERE merchant_id = $1 AND invoice_id = $2 ORDER BY line_no

-- name: insert_taxes
-- The tax of an invoice per rate.
INSERT INTO invoice_taxes (merchant_id, invoice_id, tax_country, tax_rate_ppm, gross, tax, booked, elsewhere)
SELECT $1, $2, tax_country, tax_rate_ppm, gross, tax, booked, elsewhere
FROM jsonb_to_recordset($3::jsonb) AS one (tax_country text, tax_rate_ppm integer, gross bigint, tax bigint, booked bigint, elsewhere bigint)

-- name: taxes_of
-- The tax of some invoices per rate.
SELECT invoice_id, tax_country, tax_rate_ppm, gross, tax, booked, elsewhere
FROM invoice_taxes WHERE merchant_id = $1 AND invoice_id = ANY($2::uuid[]) ORDER BY tax_country, tax_rate_ppm

-- name: claim_items
-- Fillings that a draft gathers; those that stand on another one stay there.
INSERT INTO invoice_items (merchant_id, lot_id, invoice_id, certificate_id)
SELECT $1, lot_id, $2, certificate_id FROM unnest($3::uuid[], $4::uuid[]) AS claimed (lot_id, certificate_id)
ORDER BY lot_id
ON CONFLICT (merchant_id, lot_id) DO NOTHING

-- name: release_items
-- Fillings that a draft gathers no more: some of them, or all.
DELETE FROM invoice_items
WHERE merchant_id = $1 AND invoice_id = $2 AND line_no IS NULL AND ($3::uuid[] IS NULL OR lot_id = ANY($3))

-- name: fix_items
-- The line and the amount of each filling of an invoice that is issued.
UPDATE invoice_items i SET line_no = fixed.line_no, amount = fixed.amount
FROM unnest($3::uuid[], $4::integer[], $5::bigint[]) AS fixed (lot_id, line_no, amount)
WHERE i.merchant_id = $1 AND i.lot_id = fixed.lot_id AND i.invoice_id = $2 AND i.line_no IS NULL

-- name: claimed_lots
-- The fillings that an invoice gathers.
SELECT lot_id FROM invoice_items WHERE merchant_id = $1 AND invoice_id = $2 ORDER BY lot_id

-- name: billed_lots
-- Which of some fillings stand on an issued invoice, and on which.
SELECT lot_id, invoice_id FROM invoice_items WHERE merchant_id = $1 AND lot_id = ANY($2::uuid[]) AND line_no IS NOT NULL

-- name: certificates_of
-- The certificates of an invoice, by line.
SELECT line_no, certificate_id, lot_id, amount FROM invoice_items
WHERE merchant_id = $1 AND invoice_id = $2 AND line_no IS NOT NULL
ORDER BY line_no, lot_id

-- name: insert_credit_items
-- What a credit note gives back.
INSERT INTO credit_items (merchant_id, invoice_id, lot_id, operation_id, certificate_id, amount)
SELECT $1, $2, lot_id, operation_id, certificate_id, amount
FROM unnest($3::uuid[], $4::uuid[], $5::uuid[], $6::bigint[]) AS item (lot_id, operation_id, certificate_id, amount)

-- name: insert_settlement
-- What is set against an invoice by an operation.
INSERT INTO invoice_settlements (merchant_id, operation_id, invoice_id, partner_id, source, source_id, amount, actor, booked_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)

-- name: find_settlement
-- What was set against an invoice by an operation.
SELECT * FROM invoice_settlements WHERE merchant_id = $1 AND operation_id = $2

-- name: undo_settlement
-- What was set against an invoice is undone, once.
UPDATE invoice_settlements SET undone_by = $3, undone_at = $4 WHERE merchant_id = $1 AND operation_id = $2 AND undone_by IS NULL

-- name: settlements_of
-- What was set against an invoice, undone or not, in order.
SELECT * FROM invoice_settlements WHERE merchant_id = $1 AND invoice_id = $2 ORDER BY booked_at, operation_id

-- name: settlements_from
-- What of a payment or credit note was set against invoices, undone or not, in order.
SELECT * FROM invoice_settlements WHERE merchant_id = $1 AND source_id = $2 ORDER BY booked_at, operation_id

-- name: billing_of
-- What invoices to a partner say of it.
SELECT vat_id, tax_id, email, buyer_reference, endpoint_scheme, endpoint_id, language
FROM billing_details WHERE merchant_id = $1 AND partner_id = $2

-- name: put_billing
-- What invoices to a partner say of it from now on.
INSERT INTO billing_details (merchant_id, partner_id, vat_id, tax_id, email, buyer_reference, endpoint_scheme, endpoint_id, language)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (merchant_id, partner_id) DO UPDATE SET vat_id = excluded.vat_id, tax_id = excluded.tax_id, email = excluded.email,
    buyer_reference = excluded.buyer_reference, endpoint_scheme = excluded.endpoint_scheme, endpoint_id = excluded.endpoint_id,
    language = excluded.language

-- name: settings_of
-- What invoices of a legal entity say of it.
SELECT iban, bic, account_holder, contact_name, contact_email, contact_phone, note, invoice_series, credit_note_series, reminder_days,
    issues_itself, reminds_itself
FROM invoice_settings WHERE merchant_id = $1 AND entity_id = $2

-- name: put_settings
-- What invoices of a legal entity say of it from now on.
INSERT INTO invoice_settings (merchant_id, entity_id, iban, bic, account_holder, contact_name, contact_email, contact_phone, note,
    invoice_series, credit_note_series, reminder_days, issues_itself, reminds_itself)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (merchant_id, entity_id) DO UPDATE SET iban = excluded.iban, bic = excluded.bic, account_holder = excluded.account_holder,
    contact_name = excluded.contact_name, contact_email = excluded.contact_email, contact_phone = excluded.contact_phone,
    note = excluded.note, invoice_series = excluded.invoice_series, credit_note_series = excluded.credit_note_series,
    reminder_days = excluded.reminder_days, issues_itself = excluded.issues_itself, reminds_itself = excluded.reminds_itself

-- name: insert_mail
-- A mail of an invoice; nothing where the one of that stage was written before.
INSERT INTO invoice_mails (merchant_id, mail_id, invoice_id, purpose, stage, address, reason, queued_at, queued_by)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
ON CONFLICT (merchant_id, invoice_id, purpose, stage) WHERE purpose <> 'again' DO NOTHING

-- name: mails_of
-- The mails of an invoice, the first first.
SELECT * FROM invoice_mails WHERE merchant_id = $1 AND invoice_id = $2 ORDER BY queued_at, mail_id

-- name: settle_mail
-- What came of a mail, once.
UPDATE invoice_mails SET status = $3, settled_at = $4 WHERE merchant_id = $1 AND mail_id = $2 AND status = 'queued'

-- name: merchants_that_remind
-- Merchants with an open invoice that may be reminded of by some day.
SELECT DISTINCT i.merchant_id
FROM invoice_settings s
JOIN invoices i ON i.merchant_id = s.merchant_id AND i.entity_id = s.entity_id
WHERE s.reminds_itself AND i.kind = 'invoice' AND i.state IN ('issued', 'part_paid') AND i.disputed_at IS NULL AND i.reminders < 3
    AND i.due_on + s.reminder_days[i.reminders + 1] <= $1

-- name: lock_due_reminder
-- An invoice that is to be reminded of on a day: the time after its due day has passed, and as much since the reminder before.
SELECT i.* FROM invoices i
JOIN invoice_settings s ON s.merchant_id = i.merchant_id AND s.entity_id = i.entity_id
WHERE i.merchant_id = $1 AND s.reminds_itself AND i.kind = 'invoice' AND i.state IN ('issued', 'part_paid') AND i.disputed_at IS NULL
    AND i.reminders < 3 AND i.due_on + s.reminder_days[i.reminders + 1] <= $2
    AND (i.reminders = 0 OR (i.reminded_at AT TIME ZONE $3)::date + s.reminder_days[i.reminders + 1] - s.reminder_days[i.reminders] <= $2)
ORDER BY i.due_on, i.invoice_id
LIMIT 1
FOR UPDATE OF i SKIP LOCKED

-- name: put_run
-- A partner was gathered for a month, or that was tried; what was issued since, by whomever, is not refused any more.
INSERT INTO invoice_runs (merchant_id, partner_id, month, ran_at, outcome) VALUES ($1, $2, $3, $4, $5)
ON CONFLICT (merchant_id, partner_id, month) DO UPDATE SET ran_at = excluded.ran_at, outcome = excluded.outcome
WHERE invoice_runs.outcome <> ''
