-- name: stock_left
-- How many of an offering are left; null where its stock is not limited, or there is no such offering.
SELECT stock - taken FROM offerings WHERE merchant_id = $1 AND offering_id = $2 AND stock IS NOT NULL

-- name: redeemed_since
-- What was redeemed in a currency since a moment, at face, less what was undone.
SELECT coalesce(sum(CASE WHEN debit = 'certificates_outstanding' THEN amount ELSE -amount END), 0)::bigint
FROM journal
WHERE merchant_id = $1 AND recorded_at > $2 AND currency = $3 AND kind IN ('redeem', 'capture', 'reverse')
    AND (debit = 'certificates_outstanding' OR credit = 'certificates_outstanding') AND leg IN ('value', 'gratuity')

-- name: credit_used
-- How much of their credit the partner has used that has used most of it, in percent; null where nobody has any.
SELECT max(credit_used * 100 / credit_limit) FROM agreement_terms WHERE merchant_id = $1 AND credit_limit > 0

-- name: cards_used_elsewhere
-- How many cards that were activated since a moment were first used at another location, within so long of their activation.
SELECT count(DISTINCT activated.subject_id)
FROM journal activated
CROSS JOIN LATERAL (
    SELECT used.location_id, used.recorded_at
    FROM journal used
    WHERE used.merchant_id = activated.merchant_id AND used.subject_id = activated.subject_id AND used.seq > activated.seq
        AND used.kind IN ('redeem', 'hold', 'capture')
    ORDER BY used.seq
    LIMIT 1
) AS first
WHERE activated.merchant_id = $1 AND activated.recorded_at > $2 AND activated.kind = 'activate'
    AND first.location_id IS DISTINCT FROM activated.location_id AND first.recorded_at < activated.recorded_at + $3::interval
