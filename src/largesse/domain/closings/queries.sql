-- name: insert_closing
-- Write a close down; a number that is taken is refused by its key.
INSERT INTO closings (
    merchant_id, device_id, number, operation_id, fingerprint, location_id, booked_on, since, cut, currency, opening, expected, counted,
    terminal_expected, terminal_counted, reason, from_office, actor, totals, made_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19::jsonb, $20)

-- name: last_closing
-- The last close of a device.
SELECT * FROM closings WHERE merchant_id = $1 AND device_id = $2 ORDER BY number DESC LIMIT 1

-- name: find_closing
-- A close of a device by its number.
SELECT * FROM closings WHERE merchant_id = $1 AND device_id = $2 AND number = $3

-- name: closing_of_operation
-- The close that an operation made.
SELECT * FROM closings WHERE merchant_id = $1 AND operation_id = $2

-- name: closings_of_device
-- The closes of a device, the newest first, behind number $3.
SELECT * FROM closings WHERE merchant_id = $1 AND device_id = $2 AND ($3::integer IS NULL OR number < $3) ORDER BY number DESC LIMIT $4

-- name: last_cuts
-- What the last close of each device of a merchant took in.
SELECT device_id, max(cut) AS cut FROM closings WHERE merchant_id = $1 GROUP BY 1

-- name: closed_between
-- When days of devices were closed, from $2 and before $3; a null leaves that side open.
SELECT device_id, made_at FROM closings
WHERE merchant_id = $1 AND booked_on >= coalesce($2::date, '-infinity') AND booked_on < coalesce($3::date, 'infinity')
ORDER BY made_at

-- name: closings_of_merchant
-- The closes of all devices of a merchant, or of one of them, the newest first, behind the one that operation $3 made.
SELECT c.* FROM closings c
LEFT JOIN closings b ON b.merchant_id = $1 AND b.operation_id = $3::uuid
WHERE c.merchant_id = $1 AND ($2::uuid IS NULL OR c.device_id = $2)
    AND ($3::uuid IS NULL OR (c.made_at, c.operation_id) < (b.made_at, b.operation_id))
ORDER BY c.made_at DESC, c.operation_id DESC LIMIT $4
