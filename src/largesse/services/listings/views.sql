-- name: certificates_listed
-- The certificates of a merchant, as programs list them.
SELECT certificate_id, status, class_of_value, currency, balance, held, gratuity_balance, gratuity_held, good_through, order_number,
    issued_at, seq
FROM certificates
WHERE merchant_id = $1

-- name: orders_listed
-- The orders of a merchant, as programs list them.
SELECT order_id, order_number, status, channel, currency, amount, tip, discount, tax, total, description, refcode,
    third_party_identifier, partner_id, certificate_id, recipient_first_name, recipient_last_name, recipient_email, placed_at, issued_at
FROM orders
WHERE merchant_id = $1

-- name: offerings_listed
-- What a merchant sells.
SELECT offering_id, slug, kind, status, title, description, currency, presets, amount_min, amount_max, price, available_from,
    available_until, stock, taken, created_at
FROM offerings
WHERE merchant_id = $1

-- name: partners_listed
-- Who orders on account.
SELECT partner_id, name, contact_email, phone, created_at FROM partners WHERE merchant_id = $1

-- name: invoices_listed
-- What was issued to partners on account: invoices and credit notes.
SELECT invoice_id, kind, state, invoice_number AS number, partner_id, currency, total, tax, paid, credited, written_off,
    total - paid - credited - written_off AS open, corrects, po_number, reference, period_from, period_through, issued_on, due_on,
    disputed_at, issued_at, settled_at
FROM invoices
WHERE merchant_id = $1 AND state <> 'draft'

-- name: payments_listed
-- What partners paid, and were paid back. A merchant has few enough of them to be sorted.
SELECT payment_id, partner_id, currency, amount, bank_currency, bank_amount, source, reference, received_on, made_at, undone_at
FROM partner_payments
WHERE merchant_id = $1

-- name: endpoints_listed
-- Who is told of events. The query of an address may hold a key phrase.
SELECT endpoint_id, format, split_part(url, '?', 1) AS address, events, ordered, status, status_reason, failing_since, created_at
FROM endpoints
WHERE merchant_id = $1 AND status <> 'removed' AND format <> 'email'

-- name: deliveries_listed
-- What endpoints were told of, or wait to be.
SELECT event_id, endpoint_id, status, attempts, queued_at, next_attempt_at, settled_at FROM deliveries WHERE merchant_id = $1

-- name: locations_listed
-- Where a merchant does business.
SELECT location_id, code, name, country, time_zone, books_sale, takes_money, is_default, created_at, archived_at
FROM locations
WHERE merchant_id = $1

-- name: devices_listed
-- What people work with.
SELECT device_id, location_id, name, kind, enrolled_at, confirmed_at, seen_at, revoked_at, created_at FROM devices WHERE merchant_id = $1

-- name: batches_listed
-- Batches of cards, and pools of codes.
SELECT batch_id, kind, name, currency, count, state, progress, drawn, revealed_at AS file_taken_at, created_at
FROM card_batches
WHERE merchant_id = $1

-- name: seals_after
-- The seals of a merchant with a higher number, in order.
SELECT number, cut, leaf_count, row_count, totals, encode(root, 'hex') AS root, encode(previous, 'hex') AS previous,
    encode(hash, 'hex') AS hash, made_at
FROM seals
WHERE merchant_id = $1 AND number > $2
ORDER BY number
LIMIT $3
