-- name: open_invoices
-- Every invoice of a merchant that is not settled, with all that a line of a statement may say of it.
SELECT i.invoice_id, i.invoice_number, i.partner_id, p.name AS partner, i.currency, coalesce(i.reference, '') AS reference,
    i.total - i.paid - i.credited - i.written_off AS open, i.due_on,
    coalesce(array_agg(DISTINCT l.refcode) FILTER (WHERE l.refcode <> ''), '{}') AS refcodes
FROM invoices i
JOIN partners p ON p.merchant_id = i.merchant_id AND p.partner_id = i.partner_id
LEFT JOIN invoice_lines l ON l.merchant_id = i.merchant_id AND l.invoice_id = i.invoice_id
WHERE i.merchant_id = $1 AND i.kind = 'invoice' AND i.state IN ('issued', 'part_paid') AND ($2::uuid IS NULL OR i.partner_id = $2)
GROUP BY i.merchant_id, i.invoice_id, p.name
ORDER BY i.due_on, i.invoice_number

-- name: booked_on_the_bank
-- What was booked on the bank itself, not by a statement, and no line stands for: so much on a day not long before or after.
SELECT j.operation_id, j.kind, j.booked_on, j.currency, j.amount
FROM journal j
WHERE j.merchant_id = $1 AND j.subject_kind = 'bank_account' AND j.currency = $2 AND j.amount = abs($3::bigint)
    AND CASE WHEN $3::bigint > 0 THEN j.debit = 'bank' ELSE j.credit = 'bank' END
    AND j.open_item_kind IS DISTINCT FROM 'statement_line' AND j.kind IN ('pay_refund', 'pay_out_gratuities', 'pay_unclaimed_property')
    AND NOT EXISTS (
        SELECT 1 FROM bank_matches m
        WHERE m.merchant_id = j.merchant_id AND m.target_id = j.operation_id AND m.what = 'booked' AND m.undone_at IS NULL
    )
ORDER BY j.booked_on DESC
LIMIT 10

-- name: awaited_items
-- What is on its way to the accounts or from them: open items of `bank_clearing` that are no lines, with since when.
SELECT j.open_item_kind, j.open_item_id, j.currency, min(j.booked_on) AS since,
    sum(CASE WHEN j.debit = 'bank_clearing' THEN j.amount ELSE 0 END - CASE WHEN j.credit = 'bank_clearing' THEN j.amount ELSE 0 END)::bigint
        AS amount
FROM journal j
WHERE j.merchant_id = $1 AND (j.debit = 'bank_clearing' OR j.credit = 'bank_clearing') AND j.open_item_id IS NOT NULL
    AND NOT EXISTS (SELECT 1 FROM bank_lines l WHERE l.merchant_id = j.merchant_id AND l.line_id = j.open_item_id)
GROUP BY j.open_item_kind, j.open_item_id, j.currency
HAVING sum(CASE WHEN j.debit = 'bank_clearing' THEN j.amount ELSE 0 END - CASE WHEN j.credit = 'bank_clearing' THEN j.amount ELSE 0 END) <> 0
ORDER BY since, j.open_item_id
LIMIT 200

-- name: items_of_payouts
-- What lines of a payout are of in these books: payments by their intent or reference, refunds and disputes by the gateway's name.
SELECT wanted.reference, wanted.what,
    CASE wanted.what
        WHEN 'payment' THEN (
            SELECT p.payment_id FROM payments p
            WHERE p.merchant_id = $1 AND p.gateway = $2 AND (p.intent = wanted.reference OR p.reference = wanted.reference)
            LIMIT 1
        )
        WHEN 'refund' THEN (
            SELECT r.refund_id FROM refunds r
            WHERE r.merchant_id = $1 AND r.gateway = $2 AND r.reference = wanted.reference
            LIMIT 1
        )
    END AS item_id
FROM unnest($3::text[], $4::text[]) AS wanted (what, reference)

-- name: entities_of_payouts
-- In whose books the money stands that lines of a payout are of: of the payment, the refunded or the disputed one, where it was booked, else
-- where its order was placed.
SELECT wanted.what, wanted.reference, coalesce(
    (
        SELECT j.legal_entity_id FROM orders o
        JOIN journal j ON j.merchant_id = o.merchant_id AND j.subject_id = coalesce(o.fills_id, o.certificate_id)
            AND j.order_number = o.order_number AND j.debit = 'gateway_clearing'
        WHERE o.merchant_id = $1 AND o.checkout_id = paid.checkout_id
        LIMIT 1
    ),
    (
        SELECT l.entity_id FROM orders o JOIN locations l ON l.merchant_id = o.merchant_id AND l.location_id = o.location_id
        WHERE o.merchant_id = $1 AND o.checkout_id = paid.checkout_id
        LIMIT 1
    )
) AS entity_id
FROM unnest($3::text[], $4::text[]) AS wanted (what, reference)
CROSS JOIN LATERAL (
    SELECT p.checkout_id FROM payments p
    WHERE wanted.what = 'payment' AND p.merchant_id = $1 AND p.gateway = $2 AND (p.intent = wanted.reference OR p.reference = wanted.reference)
    UNION ALL
    SELECT p.checkout_id FROM refunds r JOIN payments p ON p.merchant_id = r.merchant_id AND p.payment_id = r.payment_id
    WHERE wanted.what = 'refund' AND r.merchant_id = $1 AND r.gateway = $2 AND r.reference = wanted.reference
    UNION ALL
    SELECT p.checkout_id FROM disputes d JOIN payments p ON p.merchant_id = d.merchant_id AND p.payment_id = d.payment_id
    WHERE wanted.what = 'dispute' AND d.merchant_id = $1 AND d.gateway = $2 AND d.reference = wanted.reference
    LIMIT 1
) AS paid

-- name: disputes_named
-- Which disputes of a gateway there are under some names.
SELECT d.reference FROM disputes d
WHERE d.merchant_id = $1 AND d.gateway = $2 AND d.reference = ANY($3::text[])

-- name: clearing_rows
-- What stands on the accounts that have to come to nothing, by account, currency and what opens or closes it: the item that a row names,
-- else the order of a certificate, else the location and day, else the operation. Since when, in debits less credits.
WITH sides AS (
    SELECT j.debit AS account, j.amount AS moved, j.* FROM journal j WHERE j.merchant_id = $1 AND j.debit = ANY($2::text[])
    UNION ALL
    SELECT j.credit AS account, -j.amount AS moved, j.* FROM journal j WHERE j.merchant_id = $1 AND j.credit = ANY($2::text[])
)
SELECT s.account, s.currency, s.open_item_kind, s.open_item_id,
    CASE WHEN s.open_item_id IS NULL AND s.account NOT IN ('tender_clearing', 'terminal') THEN s.order_number END AS order_number,
    CASE WHEN s.account IN ('tender_clearing', 'terminal') AND s.open_item_id IS NULL THEN s.location_id END AS location_id,
    CASE WHEN s.account IN ('tender_clearing', 'terminal') AND s.open_item_id IS NULL THEN s.booked_on END AS day,
    CASE WHEN s.open_item_id IS NULL AND s.order_number IS NULL AND s.account NOT IN ('tender_clearing', 'terminal', 'exchange')
        THEN coalesce(s.refers_to, s.operation_id) END AS operation_id,
    min(s.booked_on) AS since, sum(s.moved)::bigint AS amount
FROM sides s
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8

-- name: payout_lines_of
-- What payouts are made of, with the orders of each payment: what they take off the gateway's account, item by item.
SELECT l.payout_id, l.line_no, l.what, l.reference, l.gross, l.item_id, p.currency, p.arrives_on,
    ARRAY(
        SELECT o.order_number FROM payments y
        JOIN orders o ON o.merchant_id = y.merchant_id AND o.checkout_id = y.checkout_id
        WHERE y.merchant_id = l.merchant_id AND y.payment_id = l.item_id AND l.what = 'payment'
    ) AS order_numbers
FROM gateway_payout_lines l
JOIN gateway_payouts p ON p.merchant_id = l.merchant_id AND p.payout_id = l.payout_id
WHERE l.merchant_id = $1
