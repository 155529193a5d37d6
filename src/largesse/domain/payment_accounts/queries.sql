-- name: insert_account
-- Add a payment account; nothing when the merchant has it already and did not retire it.
INSERT INTO payment_accounts (
    merchant_id, account_id, gateway, label, live, remote_id, secret_cipher, secret_key_id, signing_cipher, signing_key_id, is_default,
    created_at, checked_at
)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT DO NOTHING
RETURNING account_id

-- name: find_account
-- One account of a merchant.
SELECT * FROM payment_accounts WHERE merchant_id = $1 AND account_id = $2

-- name: default_account
-- The account that takes a merchant's new payments.
SELECT * FROM payment_accounts WHERE merchant_id = $1 AND is_default

-- name: list_accounts
-- A merchant's accounts, oldest first.
SELECT * FROM payment_accounts WHERE merchant_id = $1 ORDER BY created_at, account_id

-- name: lock_accounts
-- The same, locked in the order of their ids until the transaction ends.
SELECT * FROM payment_accounts WHERE merchant_id = $1 ORDER BY account_id FOR UPDATE

-- name: update_account
-- What an account is now.
UPDATE payment_accounts
SET secret_cipher = $3, secret_key_id = $4, signing_cipher = $5, signing_key_id = $6, previous_cipher = $7, previous_key_id = $8,
    previous_until = $9, revision = $10, is_default = $11, checked_at = $12, retired_at = $13
WHERE merchant_id = $1 AND account_id = $2

-- name: holds_any
-- Whether there is any account.
SELECT EXISTS (SELECT 1 FROM payment_accounts)

-- name: count_by_key
-- How many secrets of accounts are sealed under each key.
SELECT key_id, count(*) AS sealed
FROM (
    SELECT secret_key_id AS key_id FROM payment_accounts
    UNION ALL
    SELECT signing_key_id FROM payment_accounts WHERE signing_cipher IS NOT NULL
    UNION ALL
    SELECT previous_key_id FROM payment_accounts WHERE previous_cipher IS NOT NULL
) AS secrets
GROUP BY key_id

-- name: lock_batch
-- The next accounts after one with a secret that is not under a key, in key order.
SELECT * FROM payment_accounts
WHERE (merchant_id, account_id) > ($1, $2)
  AND (secret_key_id <> $3 OR (signing_cipher IS NOT NULL AND signing_key_id <> $3)
    OR (previous_cipher IS NOT NULL AND previous_key_id <> $3))
ORDER BY merchant_id, account_id
LIMIT $4
FOR UPDATE

-- name: replace_seals
-- The same secrets, sealed anew.
UPDATE payment_accounts
SET secret_cipher = $3, secret_key_id = $4, signing_cipher = $5, signing_key_id = $6, previous_cipher = $7, previous_key_id = $8
WHERE merchant_id = $1 AND account_id = $2
