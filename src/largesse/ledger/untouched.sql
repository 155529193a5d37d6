-- name: lock_untouched
-- Those of some certificates whose last row is still that of the operation of their own id, locked in the order of their ids; one that somebody
-- moves meanwhile is left out.
SELECT c.certificate_id
FROM certificates c
JOIN journal j ON j.merchant_id = c.merchant_id AND j.subject_id = c.certificate_id AND j.seq = c.seq
WHERE c.merchant_id = $1 AND c.certificate_id = ANY($2::uuid[]) AND j.operation_id = c.certificate_id
ORDER BY c.certificate_id
FOR UPDATE OF c
