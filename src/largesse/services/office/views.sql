-- name: orders
-- The orders of a merchant, as the office lists them.
SELECT order_id, order_number, placed_at, issued_at, status, channel, currency, amount, total, description, recipient_first_name,
    recipient_last_name, checkout_id, partner_id, refcode, certificate_id
FROM orders
WHERE merchant_id = $1

-- name: certificates
-- The certificates of a merchant, as the office lists them.
SELECT certificate_id, order_number, issued_at, status, class_of_value, currency, balance, held, gratuity_balance, good_through,
    expires_at
FROM certificates
WHERE merchant_id = $1

-- name: names_on_orders
-- Who paid for some orders: the buyer of the checkout, or the partner; and where it was sold over a counter.
SELECT o.order_id, coalesce(p.name, trim(c.billing_first_name || ' ' || c.billing_last_name), '') AS buyer,
    o.channel = 'counter' AS at_counter, coalesce(l.name, '') AS place
FROM orders o
LEFT JOIN checkouts c ON c.merchant_id = o.merchant_id AND c.checkout_id = o.checkout_id
LEFT JOIN partners p ON p.merchant_id = o.merchant_id AND p.partner_id = o.partner_id
LEFT JOIN locations l ON l.merchant_id = o.merchant_id AND l.location_id = o.location_id
WHERE o.merchant_id = $1 AND o.order_id = ANY($2::uuid[])

-- name: mails_about
-- The mails of an order, and of its checkout as a whole, the oldest first.
SELECT mail_id, purpose, address, name, status, queued_at, settled_at
FROM mails
WHERE merchant_id = $1 AND checkout_id = $2 AND (order_id IS NULL OR order_id = $3)
ORDER BY queued_at, mail_id
LIMIT 200

-- name: order_of_id
-- The number of an order, by its id.
SELECT order_number FROM orders WHERE merchant_id = $1 AND order_id = $2

-- name: orders_of_address
-- The newest orders of which a mail address, folded, is the recipient's or the buyer's.
SELECT o.order_id, o.order_number, o.placed_at, o.status, o.currency, o.total, o.recipient_first_name, o.recipient_last_name
FROM orders o
WHERE o.merchant_id = $1 AND o.order_id IN (
    SELECT order_id FROM orders WHERE merchant_id = $1 AND lower(recipient_email) = $2 AND recipient_email <> ''
    UNION
    SELECT bought.order_id FROM checkouts c JOIN orders bought ON bought.merchant_id = c.merchant_id AND bought.checkout_id = c.checkout_id
    WHERE c.merchant_id = $1 AND lower(c.billing_email) = $2
)
ORDER BY o.placed_at DESC
LIMIT $3

-- name: orders_of_recipient
-- The orders whose recipient's whole or last name, folded, is like a pattern.
SELECT order_id, order_number, placed_at, status, currency, total, recipient_first_name, recipient_last_name
FROM orders
WHERE merchant_id = $1
    AND (lower(recipient_first_name || ' ' || recipient_last_name) LIKE $2 AND recipient_first_name <> ''
        OR lower(recipient_last_name) LIKE $2 AND recipient_last_name <> '')
LIMIT $3

-- name: orders_of_buyer
-- The orders whose buyer's whole or last name, folded, is like a pattern.
SELECT o.order_id, o.order_number, o.placed_at, o.status, o.currency, o.total, o.recipient_first_name, o.recipient_last_name
FROM checkouts c
JOIN orders o ON o.merchant_id = c.merchant_id AND o.checkout_id = c.checkout_id
WHERE c.merchant_id = $1
    AND (lower(c.billing_first_name || ' ' || c.billing_last_name) LIKE $2 OR lower(c.billing_last_name) LIKE $2)
LIMIT $3

-- name: orders_of_code
-- The newest orders under a refcode, or that a partner calls so.
SELECT order_id, order_number, placed_at, status, currency, total, recipient_first_name, recipient_last_name
FROM orders
WHERE merchant_id = $1 AND (refcode = $2 OR third_party_identifier = $2)
LIMIT $3

-- name: orders_of_amount
-- The orders that cost exactly so much.
SELECT order_id, order_number, placed_at, status, currency, total, recipient_first_name, recipient_last_name
FROM orders
WHERE merchant_id = $1 AND total = $2 AND currency = $3
ORDER BY placed_at DESC
LIMIT $4

-- name: certificates_of_ids
-- Some certificates, the newest first.
SELECT certificate_id, order_number, issued_at, status, currency, balance
FROM certificates
WHERE merchant_id = $1 AND certificate_id = ANY($2::uuid[])
ORDER BY issued_at DESC

-- name: moved_between
-- What was booked of certificates from one moment to another, by what moved it; what was given away is left out.
SELECT kind, leg, debit, credit, currency, sum(amount)::bigint AS amount
FROM journal
WHERE merchant_id = $1 AND recorded_at >= $2 AND recorded_at < $3 AND amount IS NOT NULL AND leg IN ('value', 'gratuity')
    AND debit IS DISTINCT FROM 'promotional_outstanding' AND credit IS DISTINCT FROM 'promotional_outstanding'
GROUP BY kind, leg, debit, credit, currency

-- name: outstanding_now
-- What certificates that somebody paid for hold, by currency.
SELECT currency, sum(balance + gratuity_balance)::bigint AS amount
FROM certificates
WHERE merchant_id = $1 AND status IN ('active', 'blocked') AND class_of_value <> 'promotional'
GROUP BY currency

-- name: gifts_that_failed
-- Gifts whose mail did not arrive, the newest first.
SELECT order_number, recipient_email, settled_at FROM gifts WHERE merchant_id = $1 AND status = 'failed' ORDER BY created_at DESC LIMIT $2

-- name: refunds_that_failed
-- Money that could not be paid back, the newest first, with an order of the checkout that it was paid for.
SELECT r.refund_id, r.amount, r.currency, r.created_at,
    (SELECT min(o.order_number) FROM orders o WHERE o.merchant_id = p.merchant_id AND o.checkout_id = p.checkout_id) AS order_number
FROM refunds r
LEFT JOIN payments p ON p.merchant_id = r.merchant_id AND p.payment_id = r.payment_id
WHERE r.merchant_id = $1 AND r.status = 'failed'
ORDER BY r.created_at DESC
LIMIT $2

-- name: payments_for_nothing
-- How many payments bought nothing and are still here.
SELECT count(*) FROM payments WHERE merchant_id = $1 AND surplus AND status = 'succeeded'

-- name: devices_not_heard_of
-- Live devices that were not heard of since a moment, the longest silent first.
SELECT device_id, name, coalesce(seen_at, confirmed_at) AS heard_at
FROM devices
WHERE merchant_id = $1 AND confirmed_at IS NOT NULL AND revoked_at IS NULL AND coalesce(seen_at, confirmed_at) < $3
ORDER BY heard_at, device_id
LIMIT $2

-- name: month_is_open
-- Whether something was booked before a month's end, and neither the month nor a later one is closed.
SELECT EXISTS (SELECT 1 FROM journal WHERE merchant_id = $1 AND recorded_at < $3)
    AND NOT EXISTS (SELECT 1 FROM month_closes WHERE merchant_id = $1 AND state = 'closed' AND month >= $2)

-- name: orders_unpaid
-- How many orders wait for their payment.
SELECT count(*) FROM orders WHERE merchant_id = $1 AND status = 'placed'

-- name: reloads_unpaid
-- How many orders reload a certificate once they are paid.
SELECT count(*) FROM orders WHERE merchant_id = $1 AND fills_id IS NOT NULL AND status = 'placed' AND offering_id IS NULL

-- name: lapsed_with_value
-- How many certificates are past their last good day with something on them, and not booked as expired yet.
SELECT count(*) FROM certificates
WHERE merchant_id = $1 AND status IN ('active', 'blocked') AND expires_at <= $2 AND balance + gratuity_balance > 0

-- name: endpoints_in_trouble
-- Endpoints that fail, or are turned off because they did, and those that wait for an owner's word.
SELECT endpoint_id, url, status, failing_since, asked_at IS NOT NULL AS asked FROM endpoints
WHERE merchant_id = $1 AND (status = 'disabled' OR failing_since IS NOT NULL OR asked_at IS NOT NULL)
ORDER BY endpoint_id

-- name: deliveries_that_failed
-- How many deliveries were given up.
SELECT count(*) FROM deliveries WHERE merchant_id = $1 AND status = 'failed'

-- name: credit_nearly_used
-- Partners who have used more than four fifths of their credit.
SELECT p.partner_id, p.name, a.currency, a.credit_used, a.credit_limit
FROM partners p JOIN agreement_terms a ON a.merchant_id = p.merchant_id AND a.partner_id = p.partner_id
WHERE p.merchant_id = $1 AND a.credit_used * 5 > a.credit_limit * 4
ORDER BY p.name

-- name: stock_nearly_sold
-- Offerings on sale of which a tenth of the stock or less is left, those with the least first.
SELECT offering_id, title, greatest(stock - taken, 0) AS stock_left
FROM offerings
WHERE merchant_id = $1 AND status = 'active' AND stock IS NOT NULL AND (stock - taken) * 10 <= stock
    AND (available_until IS NULL OR available_until > $3)
ORDER BY 3, title, offering_id
LIMIT $2

-- name: pools_nearly_drawn
-- Pools of a till's codes that run low, unless a newer one of the same currency, for the same offering, has enough.
SELECT p.batch_id, p.name, p.count - p.drawn AS codes_left
FROM card_batches p
WHERE p.merchant_id = $1 AND p.kind = 'pool' AND p.state = 'ready' AND p.count - p.drawn <= p.low_at
    AND NOT EXISTS (
        SELECT 1 FROM card_batches n
        WHERE n.merchant_id = p.merchant_id AND n.kind = 'pool' AND n.state = 'ready' AND n.currency = p.currency
            AND n.offering_id IS NOT DISTINCT FROM p.offering_id
            AND n.created_at > p.created_at AND n.count - n.drawn > n.low_at
    )
ORDER BY p.created_at DESC, p.batch_id DESC
LIMIT $2

-- name: partners
-- The partners of a merchant, as the office lists them: with the currency of which most of the credit is used.
SELECT p.partner_id, p.name, lower(p.name) AS name_folded, p.contact_email, p.created_at,
    CASE WHEN NOT a.enabled THEN 'ended' WHEN a.suspended THEN 'suspended' ELSE 'orders' END AS state,
    t.currency, t.credit_limit, t.credit_used, coalesce(t.credit_used * 100 / greatest(t.credit_limit, 1), 0) AS share
FROM partners p
JOIN agreements a ON a.merchant_id = p.merchant_id AND a.partner_id = p.partner_id
LEFT JOIN agreement_terms t ON t.merchant_id = p.merchant_id AND t.partner_id = p.partner_id
    AND NOT EXISTS (
        SELECT 1 FROM agreement_terms o
        WHERE o.merchant_id = t.merchant_id AND o.partner_id = t.partner_id
            AND (o.credit_used * 100 / greatest(o.credit_limit, 1), o.currency) > (t.credit_used * 100 / greatest(t.credit_limit, 1), t.currency)
    )
WHERE p.merchant_id = $1

-- name: orders_of_partner
-- The last orders of a partner.
SELECT order_number, placed_at, status, refcode, currency, total, recipient_first_name, recipient_last_name
FROM orders
WHERE merchant_id = $1 AND partner_id = $2
ORDER BY placed_at DESC, order_id DESC
LIMIT $3

-- name: audit
-- The audit log of a merchant, as the office lists it.
SELECT audit_id, recorded_at, action, actor, subject, reason, reason_code FROM audit_log WHERE merchant_id = $1

-- name: api_requests
-- What programs of a merchant, and those of its sandbox, asked for.
SELECT call_id, called_at, request_id, program, live, method, path, status, code, duration_ms, body_bytes,
    CASE WHEN status < 400 THEN 'done' WHEN status < 500 THEN 'refused' ELSE 'failed' END AS outcome
FROM program_calls
WHERE merchant_id = $1

-- name: deliveries
-- What endpoints of a merchant were to be told, as the office lists it: event by event, and of each endpoint by its key.
SELECT e.event_id, p.endpoint_id, d.status, d.attempts, d.next_attempt_at, d.settled_at, e.kind, e.occurred_at, p.url, p.format
FROM events e
JOIN endpoints p ON p.merchant_id = e.merchant_id
JOIN deliveries d ON d.merchant_id = e.merchant_id AND d.endpoint_id = p.endpoint_id AND d.event_id = e.event_id
WHERE e.merchant_id = $1

-- name: waiting_for_endpoints
-- How much waits for each endpoint, when the next of it is due, how much was given up, and when that began and ended.
SELECT p.endpoint_id,
    (SELECT count(*) FROM deliveries d
     WHERE d.merchant_id = p.merchant_id AND d.endpoint_id = p.endpoint_id AND d.status = 'pending') AS waiting,
    (SELECT min(d.next_attempt_at) FROM deliveries d
     WHERE d.merchant_id = p.merchant_id AND d.endpoint_id = p.endpoint_id AND d.status = 'pending') AS next_at,
    (SELECT count(*) FROM deliveries d
     WHERE d.merchant_id = p.merchant_id AND d.endpoint_id = p.endpoint_id AND d.status = 'failed') AS given_up,
    (SELECT min(d.settled_at) FROM deliveries d
     WHERE d.merchant_id = p.merchant_id AND d.endpoint_id = p.endpoint_id AND d.status = 'failed') AS given_up_since
FROM endpoints p
WHERE p.merchant_id = $1 AND p.status <> 'removed'

-- name: told_of
-- Who was told of some events, mails left out: these have lines of their own.
SELECT e.event_id, p.endpoint_id, d.status, d.attempts, d.next_attempt_at, d.settled_at, d.queued_at, e.kind, p.url
FROM events e
JOIN endpoints p ON p.merchant_id = e.merchant_id AND p.format <> 'email'
JOIN deliveries d ON d.merchant_id = e.merchant_id AND d.endpoint_id = p.endpoint_id AND d.event_id = e.event_id
WHERE e.merchant_id = $1 AND e.event_id = ANY($2::uuid[])
ORDER BY e.event_id, p.endpoint_id
LIMIT 500

-- name: known_to_person
-- What a person sold, found, revealed or printed and still holds value, and how they came to know it; the most valuable first.
WITH said AS MATERIALIZED (
    SELECT action, subject FROM audit_log
    WHERE merchant_id = $1 AND actor = $2 AND action IN ('certificate.number.revealed', 'certificate.number.searched', 'certificate.looked_for',
        'sale.printed', 'sale.renewed', 'cards.revealed')
), known AS (
    SELECT j.subject_id AS certificate_id,
        CASE WHEN j.entry_mode = 'found' THEN 'found' WHEN j.kind = 'transfer' THEN 'printed' ELSE 'sold' END AS how
    FROM journal j
    WHERE j.merchant_id = $1 AND j.actor = $2 AND j.actor LIKE 'person:%' AND j.subject_kind = 'certificate'
        AND (j.kind IN ('issue', 'activate', 'reload', 'transfer') OR j.entry_mode = 'found')
    UNION
    SELECT subject::uuid, CASE action WHEN 'certificate.looked_for' THEN 'found' ELSE 'revealed' END
    FROM said WHERE action LIKE 'certificate.%'
    UNION
    SELECT o.certificate_id, 'printed' FROM said s JOIN orders o ON o.merchant_id = $1 AND o.order_id = s.subject::uuid
    WHERE s.action IN ('sale.printed', 'sale.renewed')
    UNION
    SELECT k.certificate_id, 'printed' FROM said s JOIN cards k ON k.merchant_id = $1 AND k.batch_id = s.subject::uuid
    WHERE s.action = 'cards.revealed'
)
SELECT c.certificate_id, c.currency, c.balance, c.gratuity_balance, c.order_number, array_agg(DISTINCT k.how ORDER BY k.how) AS how
FROM known k
JOIN certificates c ON c.merchant_id = $1 AND c.certificate_id = k.certificate_id
WHERE c.status IN ('active', 'blocked') AND (c.balance > 0 OR c.gratuity_balance > 0)
GROUP BY c.certificate_id, c.currency, c.balance, c.gratuity_balance, c.order_number
ORDER BY c.balance + c.gratuity_balance DESC, c.certificate_id
LIMIT $3

-- name: invoices
-- What was issued to partners, as the office lists it; drafts stand on a page of their own. A credit note is due on its day.
SELECT i.invoice_id, i.invoice_number, i.kind, i.partner_id, p.name AS partner, i.issued_at, i.issued_on, i.due_on,
    coalesce(i.due_on, i.issued_on) AS due, i.currency, i.total, i.tax, i.total - i.paid - i.credited - i.written_off AS open, i.state,
    i.disputed_at IS NOT NULL AS disputed, i.reference, i.po_number, i.reminders
FROM invoices i
JOIN partners p ON p.merchant_id = i.merchant_id AND p.partner_id = i.partner_id
WHERE i.merchant_id = $1 AND i.state <> 'draft'
