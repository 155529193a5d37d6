-- name: standing
-- How many cards of each batch are unsold, stand sold, and are void.
SELECT k.batch_id, count(*) FILTER (WHERE c.status = 'inactive') AS unsold,
    count(*) FILTER (WHERE c.status NOT IN ('inactive', 'void')) AS sold, count(*) FILTER (WHERE c.status = 'void') AS void
FROM cards k
JOIN certificates c ON c.merchant_id = k.merchant_id AND c.certificate_id = k.certificate_id
WHERE k.merchant_id = $1
GROUP BY k.batch_id

-- name: unsold
-- The cards of a batch that nobody has bought, after a place, with what their numbers end in.
SELECT k.position, k.certificate_id, n.last_four
FROM cards k
JOIN certificates c ON c.merchant_id = k.merchant_id AND c.certificate_id = k.certificate_id
LEFT JOIN certificate_numbers n ON n.merchant_id = k.merchant_id AND n.certificate_id = k.certificate_id AND n.role = $4
WHERE k.merchant_id = $1 AND k.batch_id = $2 AND k.position > $3 AND c.status = 'inactive'
ORDER BY k.position
LIMIT $5
