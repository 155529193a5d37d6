-- name: insert_numbers
-- Many sealed numbers in one statement.
INSERT INTO certificate_numbers (merchant_id, certificate_id, digest, cipher, key_id, last_four, role, bits)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[], $5::text[], $6::text[], $7::text[], $8::smallint[])

-- name: forget_numbers
-- Take the numbers of some certificates off, so that they are free again.
DELETE FROM certificate_numbers WHERE merchant_id = $1 AND certificate_id = ANY($2::uuid[])

-- name: find_by_digest
-- The certificate of a number that is for one of the things in $3, looked up under every live key.
SELECT certificate_id FROM certificate_numbers WHERE merchant_id = $1 AND digest = ANY($2::bytea[]) AND role = ANY($3::text[])

-- name: known_digests
-- Which of some digests there are.
SELECT digest FROM certificate_numbers WHERE merchant_id = $1 AND digest = ANY($2::bytea[])

-- name: holds_weak
-- Whether a merchant has a number of another system that is easier to guess than so many bits.
SELECT EXISTS (SELECT 1 FROM certificate_numbers WHERE merchant_id = $1 AND bits < $2)

-- name: numbers_of
-- The sealed numbers of some certificates that are for one thing.
SELECT merchant_id, certificate_id, digest, cipher, key_id, last_four, role, bits
FROM certificate_numbers
WHERE merchant_id = $1 AND certificate_id = ANY($2::uuid[]) AND role = $3

-- name: find_by_last_four
-- The certificates whose number ends like this, the newest first.
SELECT certificate_id
FROM certificate_numbers
WHERE merchant_id = $1 AND last_four = $2 AND role <> 'activation'
ORDER BY certificate_id DESC
LIMIT $3

-- name: count_by_key
-- How many numbers are sealed under each key.
SELECT key_id, count(*) AS sealed FROM certificate_numbers GROUP BY key_id

-- name: holds_any
-- Whether there is any sealed number.
SELECT EXISTS (SELECT 1 FROM certificate_numbers)

-- name: lock_batch
-- The next rows from a certificate on that are not under a key, in key order: of the certificate itself, what a batch before
-- could not hold any more. A row that somebody else is re-sealing is waited for.
SELECT merchant_id, certificate_id, digest, cipher, key_id, last_four, role, bits
FROM certificate_numbers
WHERE (merchant_id, certificate_id) >= ($1, $2) AND key_id <> $3
ORDER BY merchant_id, certificate_id
LIMIT $4
FOR UPDATE

-- name: replace_seals
-- Put rows under another key, many in one statement.
UPDATE certificate_numbers AS number
SET digest = fresh.digest, cipher = fresh.cipher, key_id = fresh.key_id
FROM unnest($1::uuid[], $2::uuid[], $3::bytea[], $4::bytea[], $5::text[], $6::text[])
    AS fresh (merchant_id, certificate_id, digest, cipher, key_id, role)
WHERE number.merchant_id = fresh.merchant_id AND number.certificate_id = fresh.certificate_id AND number.role = fresh.role

-- name: page
-- All rows of the next certificates after one, in key order.
SELECT merchant_id, certificate_id, digest, cipher, key_id, last_four, role, bits
FROM certificate_numbers
WHERE (merchant_id, certificate_id) > ($1, $2)
ORDER BY merchant_id, certificate_id
FETCH FIRST ($3) ROWS WITH TIES

-- name: last_fours
-- The last four symbols of every certificate's number, for exports.
SELECT certificate_id, last_four FROM certificate_numbers WHERE merchant_id = $1 AND role = 'number'
