-- name: put_keys
-- The keys of a merchant for one wallet, in place of those before.
INSERT INTO wallet_keys (merchant_id, wallet, name, account, secret_cipher, secret_key_id, ends_at, written_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (merchant_id, wallet) DO UPDATE
SET name = excluded.name, account = excluded.account, secret_cipher = excluded.secret_cipher, secret_key_id = excluded.secret_key_id,
    ends_at = excluded.ends_at, written_at = excluded.written_at

-- name: keys_of
-- What a merchant has.
SELECT * FROM wallet_keys WHERE merchant_id = $1 ORDER BY wallet

-- name: remove_keys
-- Make no more passes for a wallet.
DELETE FROM wallet_keys WHERE merchant_id = $1 AND wallet = $2 RETURNING wallet

-- name: holds_any
-- Whether anybody has any.
SELECT EXISTS (SELECT 1 FROM wallet_keys)

-- name: count_by_key
-- How many are sealed under each key.
SELECT secret_key_id AS key_id, count(*) AS sealed FROM wallet_keys GROUP BY secret_key_id

-- name: lock_batch
-- The next ones after one that are not under a key, in key order.
SELECT * FROM wallet_keys
WHERE (merchant_id, wallet) > ($1, $2) AND secret_key_id <> $3
ORDER BY merchant_id, wallet
LIMIT $4
FOR UPDATE

-- name: replace_seal
-- The same, sealed anew.
UPDATE wallet_keys SET secret_cipher = $3, secret_key_id = $4 WHERE merchant_id = $1 AND wallet = $2
