-- name: find_draft
-- The draft of a token's digest.
SELECT merchant_id, draft_id, token_digest, content, checkout_id, placings, created_at, touched_at
FROM drafts WHERE merchant_id = $1 AND token_digest = $2

-- name: lock_draft
-- The same, locked until the transaction ends: who changes or places a draft holds it.
SELECT merchant_id, draft_id, token_digest, content, checkout_id, placings, created_at, touched_at
FROM drafts WHERE merchant_id = $1 AND token_digest = $2 FOR UPDATE

-- name: put_draft
-- Write a draft. Hold it locked.
INSERT INTO drafts (merchant_id, draft_id, token_digest, content, created_at, touched_at, checkout_id, kept_until)
VALUES ($1, $2, $3, $4::jsonb, $5, $5, $6, $7)
ON CONFLICT (merchant_id, token_digest)
DO UPDATE SET content = excluded.content, touched_at = excluded.touched_at, checkout_id = excluded.checkout_id, kept_until = excluded.kept_until

-- name: open_draft
-- A draft with nothing in it, unless the browser has one by now: who comes second waits for the first, and changes that one.
INSERT INTO drafts (merchant_id, draft_id, token_digest, content, created_at, touched_at, kept_until)
VALUES ($1, $2, $3, '{}', $4, $4, $5)
ON CONFLICT (merchant_id, token_digest) DO NOTHING

-- name: lock_unplaced
--- Those of some drafts that were never placed and that nobody holds at the moment, locked without waiting.
SELECT merchant_id, draft_id, token_digest, content, checkout_id, placings, created_at, touched_at
FROM drafts JOIN unnest($1::uuid[], $2::bytea[]) AS wanted (merchant_id, token_digest) USING (merchant_id, token_digest)
WHERE checkout_id IS NULL
FOR UPDATE OF drafts SKIP LOCKED

-- name: place_drafts
--- Remember with what content drafts were placed, and which checkout each became.
UPDATE drafts
SET content = placed.content::jsonb, touched_at = placed.touched_at, checkout_id = placed.checkout_id, kept_until = placed.kept_until,
    placings = placings + 1
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[], $5::uuid[], $6::timestamptz[])
    AS placed (merchant_id, draft_id, content, touched_at, checkout_id, kept_until)
WHERE drafts.merchant_id = placed.merchant_id AND drafts.draft_id = placed.draft_id

-- name: merchants_with_old
-- Whose drafts' time was over at $1; of those that a version before wrote, without an end, the ones that were last touched before $2.
SELECT merchant_id FROM drafts WHERE kept_until < $1
UNION
SELECT merchant_id FROM drafts WHERE kept_until IS NULL AND touched_at < $2

-- name: purge_drafts
-- Delete a merchant's drafts whose time was over at $2, at most $4 of them; of those that a version before wrote, without an end, the ones
-- that were last touched before $3. What was placed has its orders.
DELETE FROM drafts
WHERE merchant_id = $1 AND draft_id IN (
    SELECT draft_id FROM drafts
    WHERE merchant_id = $1 AND (kept_until < $2 OR kept_until IS NULL AND touched_at < $3)
    LIMIT $4
    FOR UPDATE SKIP LOCKED
)
RETURNING draft_id

-- name: erase_drafts
-- Delete the drafts of a merchant that hold an address.
DELETE FROM drafts WHERE merchant_id = $1 AND position($2 IN lower(content::text)) > 0
