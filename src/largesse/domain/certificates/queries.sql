-- name: insert_numbers
-- Many sealed numbers in one statement.
INSERT INTO certificate_numbers (merchant_id, certificate_id, digest, cipher, key_id, last_four)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[], $5::text[], $6::text[])

-- name: find_by_digest
-- The certificate of a number, looked up under every live key.
SELECT certificate_id FROM certificate_numbers WHERE merchant_id = $1 AND digest = ANY($2::bytea[])

-- name: numbers_of
-- The sealed numbers of some certificates.
SELECT merchant_id, certificate_id, digest, cipher, key_id, last_four
FROM certificate_numbers
WHERE merchant_id = $1 AND certificate_id = ANY($2::uuid[])

-- name: find_by_last_four
-- The certificates whose number ends like this, the newest first.
SELECT certificate_id
FROM certificate_numbers
WHERE merchant_id = $1 AND last_four = $2
ORDER BY certificate_id DESC
LIMIT $3

-- name: count_by_key
-- How many numbers are sealed under each key.
SELECT key_id, count(*) AS sealed FROM certificate_numbers GROUP BY key_id

-- name: holds_any
-- Whether there is any sealed number.
SELECT EXISTS (SELECT 1 FROM certificate_numbers)

-- name: lock_batch
-- The next rows after a row that are not under a key, in key order. A row that somebody else is re-sealing is waited for.
SELECT merchant_id, certificate_id, digest, cipher, key_id, last_four
FROM certificate_numbers
WHERE (merchant_id, certificate_id) > ($1, $2) AND key_id <> $3
ORDER BY merchant_id, certificate_id
LIMIT $4
FOR UPDATE

-- name: replace_seals
-- Put rows under another key, many in one statement.
UPDATE certificate_numbers AS number
SET digest = fresh.digest, cipher = fresh.cipher, key_id = fresh.key_id
FROM unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[], $5::text[])
    AS fresh (merchant_id, certificate_id, digest, cipher, key_id)
WHERE number.merchant_id = fresh.merchant_id AND number.certificate_id = fresh.certificate_id

-- name: page
-- The next rows after a row, in key order.
SELECT merchant_id, certificate_id, digest, cipher, key_id, last_four
FROM certificate_numbers
WHERE (merchant_id, certificate_id) > ($1, $2)
ORDER BY merchant_id, certificate_id
LIMIT $3

-- name: last_fours
-- The last four symbols of every number, for exports.
SELECT certificate_id, last_four FROM certificate_numbers WHERE merchant_id = $1
