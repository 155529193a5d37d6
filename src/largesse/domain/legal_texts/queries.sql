-- name: newest
-- The newest version of each text of a merchant: of those that stood at $2, where a moment is named.
SELECT DISTINCT ON (kind, language) merchant_id, kind, language, version, text, link, written_at
FROM legal_texts WHERE merchant_id = $1 AND ($2::timestamptz IS NULL OR written_at <= $2)
ORDER BY kind, language, version DESC

-- name: add
-- Write the version after the one that was seen; nothing where somebody else has.
INSERT INTO legal_texts (merchant_id, kind, language, version, text, link, written_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (merchant_id, kind, language, version) DO NOTHING
RETURNING merchant_id, kind, language, version, text, link, written_at
