-- name: lapsed
-- A merchant's certificates whose last good day has passed and which are not booked, in order from a place on, with when what is left was
-- first and last filled in.
SELECT c.certificate_id, c.expires_at, c.seq, c.class_of_value, filled.first_at, filled.last_at
FROM certificates c
CROSS JOIN LATERAL (
    SELECT min((lot ->> 'first_issued_at')::timestamptz) AS first_at, max((lot ->> 'first_issued_at')::timestamptz) AS last_at
    FROM jsonb_array_elements(c.lots) AS lot
    WHERE coalesce((lot ->> 'face')::bigint, 0) + coalesce((lot ->> 'gratuity')::bigint, 0) > 0
) AS filled
WHERE c.merchant_id = $1 AND c.status IN ('active', 'blocked') AND c.expires_at <= $2 AND c.held = 0 AND c.gratuity_held = 0
    AND (c.expires_at, c.certificate_id) > ($3, $4)
ORDER BY c.expires_at, c.certificate_id
LIMIT $5

-- name: left_on
-- A merchant's certificates with something left that the holder paid for, first issued before a moment; by id from one on. Activity is
-- what fills or uses one. Where the owner lives is not known; who ordered it lives in a state that may be.
SELECT c.certificate_id, c.currency, c.balance, c.gratuity_balance, c.good_through, c.order_number, filled.first_at,
    (SELECT max(j.effective_at) FROM journal j
     WHERE j.merchant_id = c.merchant_id AND j.subject_id = c.certificate_id
         AND j.kind IN ('issue', 'reload', 'redeem', 'hold', 'capture', 'reverse', 'transfer')) AS active_at,
    coalesce(nullif(b.billing_state, ''), p.state, '') AS buyer_state, coalesce(nullif(b.billing_country, ''), p.country, '') AS buyer_country
FROM certificates c
LEFT JOIN orders o ON o.merchant_id = c.merchant_id AND o.order_number = c.order_number
LEFT JOIN checkouts b ON b.merchant_id = o.merchant_id AND b.checkout_id = o.checkout_id
LEFT JOIN partners p ON p.merchant_id = o.merchant_id AND p.partner_id = o.partner_id
CROSS JOIN LATERAL (
    SELECT min((lot ->> 'first_issued_at')::timestamptz) AS first_at
    FROM jsonb_array_elements(c.lots) AS lot
    WHERE coalesce((lot ->> 'face')::bigint, 0) + coalesce((lot ->> 'gratuity')::bigint, 0) > 0
) AS filled
WHERE c.merchant_id = $1 AND c.certificate_id > $2 AND c.status IN ('active', 'blocked') AND c.class_of_value <> 'promotional'
    AND c.balance + c.gratuity_balance > 0 AND filled.first_at < $3
ORDER BY c.certificate_id
LIMIT $4
