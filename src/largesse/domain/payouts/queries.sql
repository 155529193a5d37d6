-- name: find_payout
-- A payout by the gateway's own name.
SELECT merchant_id, payout_id, gateway, subject_id, reference, currency, amount, fees, arrives_on, lines, taken_by, taken_at
FROM gateway_payouts
WHERE merchant_id = $1 AND gateway = $2 AND reference = $3

-- name: list_payouts
-- A merchant's payouts, the newest first.
SELECT merchant_id, payout_id, gateway, subject_id, reference, currency, amount, fees, arrives_on, lines, taken_by, taken_at
FROM gateway_payouts
WHERE merchant_id = $1
ORDER BY arrives_on DESC, reference
LIMIT $2

-- name: insert_payout
-- A payout; nothing where one of that name stands.
INSERT INTO gateway_payouts (merchant_id, payout_id, gateway, subject_id, reference, currency, amount, fees, arrives_on, lines, taken_by,
    taken_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
ON CONFLICT DO NOTHING

-- name: insert_lines
-- What a payout is made of.
INSERT INTO gateway_payout_lines (merchant_id, payout_id, line_no, what, reference, gross, fee, item_id)
SELECT $1, $2, new.line_no, new.what, new.reference, new.gross, new.fee, new.item_id
FROM jsonb_to_recordset($3::jsonb) AS new (line_no integer, what text, reference text, gross bigint, fee bigint, item_id uuid)

-- name: lines_of
-- What a payout is made of.
SELECT line_no, what, reference, gross, fee, item_id FROM gateway_payout_lines
WHERE merchant_id = $1 AND payout_id = $2
ORDER BY line_no
