-- name: spendable_numbers
-- The sealed numbers of the certificates that a book holds, from a certificate on: active, with something available, not past their last day,
-- and with 64 random bits at least.
SELECT n.merchant_id, n.certificate_id, n.digest, n.cipher, n.key_id, n.last_four, n.role, n.bits, c.balance - c.held AS value,
    c.gratuity_balance - c.gratuity_held AS gratuity, c.good_through, c.currency
FROM certificates c
JOIN certificate_numbers n ON n.merchant_id = c.merchant_id AND n.certificate_id = c.certificate_id
WHERE c.merchant_id = $1 AND c.certificate_id > $2 AND c.status = 'active'
    AND (c.balance > c.held OR c.gratuity_balance > c.gratuity_held) AND (c.expires_at IS NULL OR c.expires_at > $3)
    AND n.role <> 'activation' AND (n.bits IS NULL OR n.bits >= 64)
ORDER BY c.certificate_id
FETCH FIRST ($4) ROWS WITH TIES

-- name: changed_certificates
-- The certificates that something was recorded of after a moment and up to another.
SELECT DISTINCT subject_id FROM journal
WHERE merchant_id = $1 AND recorded_at > $2 AND recorded_at <= $3 AND subject_kind = 'certificate'
LIMIT $4

-- name: numbers_as_they_stand
-- The sealed numbers of some certificates, with what a book says of them: nothing of value and gratuity where it does not hold them.
SELECT n.merchant_id, n.certificate_id, n.digest, n.cipher, n.key_id, n.last_four, n.role, n.bits,
    CASE WHEN held.held THEN c.balance - c.held ELSE 0 END AS value,
    CASE WHEN held.held THEN c.gratuity_balance - c.gratuity_held ELSE 0 END AS gratuity, c.good_through, c.currency
FROM certificates c
JOIN certificate_numbers n ON n.merchant_id = c.merchant_id AND n.certificate_id = c.certificate_id
CROSS JOIN LATERAL (
    SELECT c.status = 'active' AND (c.expires_at IS NULL OR c.expires_at > $3) AS held
) AS held
WHERE c.merchant_id = $1 AND c.certificate_id = ANY($2::uuid[]) AND n.role <> 'activation' AND (n.bits IS NULL OR n.bits >= 64)
ORDER BY c.certificate_id

-- name: numbers_were_forgotten
-- Whether an import was taken back after a moment, which forgets its numbers: what a book has of them nobody can name any more.
SELECT EXISTS (SELECT 1 FROM imports WHERE merchant_id = $1 AND reversed_at > $2)

-- name: numbers_that_end
-- The sealed numbers that end in some symbols, O read as 0, I and L as 1: also weak ones, which a device may have been shown while it had a line.
SELECT merchant_id, certificate_id, digest, cipher, key_id, last_four, role, bits
FROM certificate_numbers
WHERE merchant_id = $1 AND last_four = ANY($2::text[]) AND role <> 'activation'
LIMIT 20000

-- name: stood_there
-- Whether somebody unlocked a device between two moments.
SELECT EXISTS (
    SELECT 1 FROM till_sessions
    WHERE merchant_id = $1 AND device_id = $2 AND membership_id = $3 AND unlocked_at > $4 AND unlocked_at <= $5
)
