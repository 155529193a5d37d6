-- name: taken_without_a_line
-- The operations by which devices took from certificates while they had no line.
SELECT DISTINCT taken.operation_id
FROM offline_rows taken
JOIN journal j ON j.merchant_id = taken.merchant_id AND j.operation_id = taken.operation_id
WHERE taken.merchant_id = $1 AND j.subject_id = ANY($2::uuid[])
