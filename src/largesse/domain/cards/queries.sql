-- name: insert_batch
-- A new batch; nothing where a pool of the same file stands.
INSERT INTO card_batches (merchant_id, batch_id, kind, name, currency, count, low_at, file_digest, offering_id, created_by, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT (merchant_id, file_digest) WHERE state <> 'void' DO NOTHING
RETURNING batch_id

-- name: find_batch
-- One batch.
SELECT * FROM card_batches WHERE merchant_id = $1 AND batch_id = $2

-- name: batch_of_file
-- The pool of a file that stands.
SELECT * FROM card_batches WHERE merchant_id = $1 AND file_digest = $2 AND state <> 'void'

-- name: lock_batch
-- One batch, until the transaction ends.
SELECT * FROM card_batches WHERE merchant_id = $1 AND batch_id = $2 FOR UPDATE

-- name: list_batches
-- All batches, the newest first.
SELECT * FROM card_batches WHERE merchant_id = $1 ORDER BY created_at DESC, batch_id DESC

-- name: put_batch
-- How a batch stands now.
UPDATE card_batches SET state = $3, progress = $4, drawn = $5, revealed_at = $6 WHERE merchant_id = $1 AND batch_id = $2

-- name: assign_pool
-- Of which offering the sales draw from a pool; of none where $3 is null.
UPDATE card_batches SET offering_id = $3 WHERE merchant_id = $1 AND batch_id = $2

-- name: pools_of_offerings
-- The pools that sales of some offerings draw from.
SELECT * FROM card_batches
WHERE merchant_id = $1 AND kind = 'pool' AND state IN ('making', 'ready') AND offering_id = ANY($2::uuid[])
ORDER BY batch_id

-- name: lock_pools_of_offerings
-- The same, until the transaction ends: the oldest first, in the order in which everybody locks them.
SELECT * FROM card_batches
WHERE merchant_id = $1 AND kind = 'pool' AND state IN ('making', 'ready') AND offering_id = ANY($2::uuid[])
ORDER BY batch_id
FOR UPDATE

-- name: insert_cards
-- Cards of a batch, by their place in it.
INSERT INTO cards (merchant_id, batch_id, position, certificate_id)
SELECT $1, $2, made.position, made.certificate_id FROM unnest($3::integer[], $4::uuid[]) AS made (position, certificate_id)

-- name: cards_from
-- Cards of a batch from a place on.
SELECT position, certificate_id FROM cards WHERE merchant_id = $1 AND batch_id = $2 AND position > $3 ORDER BY position LIMIT $4

-- name: batch_of_certificate
-- Which batch a certificate is a card of, and at which place.
SELECT batch_id, position FROM cards WHERE merchant_id = $1 AND certificate_id = $2

-- name: batches_under_way
-- Batches of all merchants that are being made or voided; those of a file go on when it is brought again.
SELECT merchant_id, batch_id FROM card_batches WHERE state = 'voiding' OR (state = 'making' AND file_digest IS NULL)
