-- name: insert_entry
-- An entry that waits for another person; nothing where one of that id stands.
INSERT INTO manual_entries (merchant_id, entry_id, debit, credit, currency, amount, why, state, requested_by, requester_id, requested_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, 'requested', $8, $9, $10)
ON CONFLICT DO NOTHING

-- name: lock_entry
-- One entry, locked.
SELECT merchant_id, entry_id, debit, credit, currency, amount, why, state, requested_by, requester_id, requested_at, decided_by, decided_at, alone
FROM manual_entries
WHERE merchant_id = $1 AND entry_id = $2
FOR UPDATE

-- name: decide_entry
-- An entry is booked, or refused.
UPDATE manual_entries SET state = $3, decided_by = $4, decided_at = $5, alone = $6
WHERE merchant_id = $1 AND entry_id = $2 AND state = 'requested'

-- name: list_entries
-- A merchant's entries, the newest first, a bounded number of them.
SELECT merchant_id, entry_id, debit, credit, currency, amount, why, state, requested_by, requester_id, requested_at, decided_by, decided_at, alone
FROM manual_entries
WHERE merchant_id = $1
ORDER BY requested_at DESC, entry_id
LIMIT $2
