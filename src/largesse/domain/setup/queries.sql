-- name: replace_token
-- Put a token in the place of all before it.
WITH gone AS (DELETE FROM setup_tokens WHERE token_hash <> $1)
INSERT INTO setup_tokens (token_hash, made_at, expires_at) VALUES ($1, $2, $3)

-- name: find_token
-- Whether a token counts.
SELECT EXISTS (SELECT 1 FROM setup_tokens WHERE token_hash = $1 AND spent_at IS NULL AND expires_at > $2)

-- name: spend_token
-- Spend a token; who comes second waits, and finds it spent.
UPDATE setup_tokens SET spent_at = $2
WHERE token_hash = $1 AND spent_at IS NULL AND expires_at > $2
RETURNING token_hash

-- name: note
-- Write down that something was done.
INSERT INTO operator_notes (name, noted_at) VALUES ($1, $2)
ON CONFLICT (name) DO UPDATE SET noted_at = greatest(operator_notes.noted_at, excluded.noted_at)

-- name: noted_at
-- When it was done last.
SELECT noted_at FROM operator_notes WHERE name = $1
