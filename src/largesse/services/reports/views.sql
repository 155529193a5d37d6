-- name: promo_uses
-- How often each promo code was used from a moment on and before another, and what it let buyers off; what was given up is no use.
SELECT p.code, p.currency, count(*)::bigint AS uses, coalesce(sum(u.discount), 0)::bigint AS discount
FROM promo_uses u
JOIN promo_codes p ON p.merchant_id = u.merchant_id AND p.promo_id = u.promo_id
WHERE u.merchant_id = $1 AND ($2::timestamptz IS NULL OR u.used_at >= $2) AND ($3::timestamptz IS NULL OR u.used_at < $3)
GROUP BY 1, 2
ORDER BY 4 DESC, 1, 2

-- name: failed
-- What could not be brought to anybody, and was settled so from a moment on and before another: gifts, and deliveries to endpoints, by why.
SELECT 'gift' AS what, trouble AS why, count(*)::bigint AS count, max(settled_at) AS last_at
FROM gifts
WHERE merchant_id = $1 AND status = 'failed' AND ($2::timestamptz IS NULL OR settled_at >= $2) AND ($3::timestamptz IS NULL OR settled_at < $3)
GROUP BY 1, 2
UNION ALL
SELECT 'delivery', substring(e.url FROM '^[a-z]+://([^/?#]*)'), count(*), max(d.settled_at)
FROM deliveries d
JOIN endpoints e ON e.merchant_id = d.merchant_id AND e.endpoint_id = d.endpoint_id
WHERE d.merchant_id = $1 AND d.status = 'failed' AND ($2::timestamptz IS NULL OR d.settled_at >= $2)
    AND ($3::timestamptz IS NULL OR d.settled_at < $3)
GROUP BY 1, 2
UNION ALL
SELECT 'refund', status, count(*), max(created_at)
FROM refunds
WHERE merchant_id = $1 AND status = 'failed' AND ($2::timestamptz IS NULL OR created_at >= $2) AND ($3::timestamptz IS NULL OR created_at < $3)
GROUP BY 1, 2
ORDER BY 1, 3 DESC, 2

-- name: known_names
-- What locations, legal entities, offerings and partners of a merchant are called, by their ids; `of` says which.
SELECT 'location_id' AS of, location_id AS id, name FROM locations WHERE merchant_id = $1
UNION ALL
SELECT 'legal_entity_id', entity_id, name FROM legal_entities WHERE merchant_id = $1
UNION ALL
SELECT 'offering_id', offering_id, title FROM offerings WHERE merchant_id = $1
UNION ALL
SELECT 'party_id', partner_id, name FROM partners WHERE merchant_id = $1
UNION ALL
SELECT 'device_id', device_id, name FROM devices WHERE merchant_id = $1
ORDER BY 1, 3, 2

-- name: certificates_of_partner
-- The certificates that a partner ordered.
SELECT certificate_id FROM orders WHERE merchant_id = $1 AND partner_id = $2 AND certificate_id IS NOT NULL

-- name: looked_at_else
-- What is looked at first and stands in the audit log, from a moment on and before another, told by $4: prints after the first, and approvals of
-- what others did. Prints belong to the device that sold; hours are those of the zone $5.
SELECT coalesce(CASE $4::text WHEN 'actor' THEN a.actor WHEN 'device_id' THEN o.device_id::text
        ELSE lpad(extract(hour FROM a.recorded_at AT TIME ZONE $5::text)::text, 2, '0') END, '') AS told,
    CASE a.action WHEN 'sale.printed' THEN 'reprints' ELSE 'approvals' END AS act, count(*)::bigint AS count
FROM audit_log a
LEFT JOIN orders o ON a.action = 'sale.printed' AND o.merchant_id = a.merchant_id
    AND o.order_id = CASE WHEN a.action = 'sale.printed' THEN a.subject::uuid END
WHERE a.merchant_id = $1 AND ($2::timestamptz IS NULL OR a.recorded_at >= $2) AND ($3::timestamptz IS NULL OR a.recorded_at < $3)
    AND ((a.action = 'sale.printed' AND a.reason NOT LIKE 'print 1 of %') OR a.action = 'till.approved'
        OR (a.action = 'request.decided' AND a.reason LIKE 'approved%'))
    AND ($6::uuid IS NULL OR o.location_id = $6)
GROUP BY 1, 2

-- name: offline_looked_at
-- What could not be taken of what devices did without a line, and rows that are missing of their queues, noted from a moment on and before
-- another, told by $4 as above. Who stood at the device is not proven.
SELECT coalesce(CASE $4::text WHEN 'device_id' THEN device_id::text
        WHEN 'hour' THEN lpad(extract(hour FROM claimed_at AT TIME ZONE $5::text)::text, 2, '0') END, '') AS told,
    CASE kind WHEN 'gap' THEN 'gaps' ELSE 'conflicts' END AS act, count(*)::bigint AS count
FROM offline_conflicts
WHERE merchant_id = $1 AND ($2::timestamptz IS NULL OR noted_at >= $2) AND ($3::timestamptz IS NULL OR noted_at < $3)
    AND ($6::uuid IS NULL OR location_id = $6) AND $4 <> 'actor'
GROUP BY 1, 2

-- name: shop_sums
-- What happened from a day on and before another, told apart by $4, and what was paid: of orders whose campaign is told apart on no day of
-- these, with all other campaigns.
WITH counted AS (
    SELECT counted_on, offering_id, language, utm_source, utm_medium, utm_campaign, shown, begun, placed, 0::bigint AS paid
    FROM shop_counts
    WHERE merchant_id = $1 AND ($2::date IS NULL OR counted_on >= $2) AND ($3::date IS NULL OR counted_on < $3)
        AND ($6::uuid IS NULL OR offering_id = $6)
), sold AS (
    SELECT (c.paid_at AT TIME ZONE $5)::date AS counted_on, o.offering_id, c.locale AS language,
        c.utm_source, c.utm_medium, c.utm_campaign, count(*)::bigint AS paid,
        c.utm_source || c.utm_medium || c.utm_campaign = '' OR EXISTS (
            SELECT 1 FROM counted k
            WHERE (k.utm_source, k.utm_medium, k.utm_campaign) = (c.utm_source, c.utm_medium, c.utm_campaign)
        ) AS is_told
    FROM checkouts c
    JOIN orders o ON o.merchant_id = c.merchant_id AND o.checkout_id = c.checkout_id
    WHERE c.merchant_id = $1 AND c.paid_at IS NOT NULL AND o.channel = 'retail' AND o.offering_id IS NOT NULL AND o.bonus_of IS NULL
        AND ($2::date IS NULL OR c.paid_at >= $2::date::timestamp AT TIME ZONE $5)
        AND ($3::date IS NULL OR c.paid_at < $3::date::timestamp AT TIME ZONE $5)
        AND ($6::uuid IS NULL OR o.offering_id = $6)
    GROUP BY 1, 2, 3, 4, 5, 6
), happened AS (
    SELECT * FROM counted
    UNION ALL
    SELECT counted_on, offering_id, language,
        CASE WHEN is_told THEN utm_source ELSE '*' END, CASE WHEN is_told THEN utm_medium ELSE '*' END,
        CASE WHEN is_told THEN utm_campaign ELSE '*' END, 0, 0, 0, paid
    FROM sold
)
SELECT
    CASE $4::text
        WHEN 'day' THEN counted_on::text
        WHEN 'offering' THEN offering_id::text
        WHEN 'language' THEN language
        ELSE utm_source || ' ' || utm_medium || ' ' || utm_campaign
    END AS told,
    sum(shown)::bigint AS shown, sum(begun)::bigint AS begun, sum(placed)::bigint AS placed, sum(paid)::bigint AS paid
FROM happened
GROUP BY 1
ORDER BY CASE WHEN $4 = 'day' THEN NULL ELSE sum(shown) END DESC NULLS LAST, 1
