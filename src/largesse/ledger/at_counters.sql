-- name: rows_of_operations
-- The journal rows of some operations, in the order they were written, with what was said beside them.
SELECT j.*, m.memo
FROM unnest($2::uuid[]) AS wanted (operation_id)
JOIN journal j ON j.merchant_id = $1 AND j.operation_id = wanted.operation_id
LEFT JOIN journal_memos m ON m.merchant_id = j.merchant_id AND m.operation_id = j.operation_id AND m.memo_hash = j.memo_hash
ORDER BY j.operation_id, j.line

-- name: acts_at
-- The latest operations on certificates since a moment at a location: of one device or, without it, of one person who had none. The newest first.
SELECT j.operation_id
FROM journal j
WHERE j.merchant_id = $1 AND j.recorded_at >= $2 AND j.subject_kind = 'certificate' AND j.kind = ANY($3::text[])
    AND j.location_id = $4
    AND (j.device_id = $5 OR ($5::uuid IS NULL AND j.device_id IS NULL AND j.actor = $6))
GROUP BY j.operation_id
ORDER BY min(j.recorded_at) DESC, j.operation_id
LIMIT $7

-- name: undone_among
-- Which redemptions among some operations were undone since.
SELECT DISTINCT j.refers_to
FROM journal j
WHERE j.merchant_id = $1 AND j.refers_to = ANY($2::uuid[]) AND j.kind = 'reverse'

-- name: last_rows
-- The number of the last row of some kinds of each of some certificates.
SELECT j.subject_id, max(j.seq) AS seq
FROM journal j
WHERE j.merchant_id = $1 AND j.subject_id = ANY($2::uuid[]) AND j.kind = ANY($3::text[])
GROUP BY j.subject_id

-- name: holds_at
-- The open holds that were placed at a location, with who placed them, what was said beside them, and the currency of their certificates.
SELECT h.merchant_id, h.hold_id, h.certificate_id, h.status, h.amount, h.gratuity, h.placed_at, h.expires_at, placed.actor, m.memo, c.currency
FROM holds h
CROSS JOIN LATERAL (
    SELECT j.actor, j.location_id, j.memo_hash
    FROM journal j
    WHERE j.merchant_id = h.merchant_id AND j.operation_id = h.hold_id AND j.subject_id = h.certificate_id AND j.kind = 'hold'
    ORDER BY j.line
    LIMIT 1
) AS placed
JOIN certificates c ON c.merchant_id = h.merchant_id AND c.certificate_id = h.certificate_id
LEFT JOIN journal_memos m ON m.merchant_id = h.merchant_id AND m.operation_id = h.hold_id AND m.memo_hash = placed.memo_hash
WHERE h.merchant_id = $1 AND h.status = 'open' AND placed.location_id = $2
ORDER BY h.placed_at, h.hold_id
LIMIT $3

-- name: lapsed_at
-- The same of holds whose time ended since a moment, so that they were let go by themselves, on certificates that nobody used since.
SELECT h.merchant_id, h.hold_id, h.certificate_id, h.status, h.amount, h.gratuity, h.placed_at, h.expires_at, placed.actor, m.memo, c.currency
FROM (
    SELECT g.merchant_id, g.subject_id, g.refers_to, max(g.seq) AS seq
    FROM journal g
    WHERE g.merchant_id = $1 AND g.recorded_at >= $3 AND g.kind = 'release' AND g.actor LIKE 'duty:%'
    GROUP BY g.merchant_id, g.subject_id, g.refers_to
) AS gone
JOIN holds h ON h.merchant_id = gone.merchant_id AND h.hold_id = gone.refers_to
CROSS JOIN LATERAL (
    SELECT j.actor, j.location_id, j.memo_hash
    FROM journal j
    WHERE j.merchant_id = h.merchant_id AND j.operation_id = h.hold_id AND j.subject_id = h.certificate_id AND j.kind = 'hold'
    ORDER BY j.line
    LIMIT 1
) AS placed
JOIN certificates c ON c.merchant_id = h.merchant_id AND c.certificate_id = h.certificate_id
LEFT JOIN journal_memos m ON m.merchant_id = h.merchant_id AND m.operation_id = h.hold_id AND m.memo_hash = placed.memo_hash
WHERE placed.location_id = $2 AND NOT EXISTS (
    SELECT 1 FROM journal later
    WHERE later.merchant_id = gone.merchant_id AND later.subject_id = gone.subject_id AND later.seq > gone.seq
        AND later.kind IN ('redeem', 'capture', 'hold')
)
ORDER BY h.placed_at, h.hold_id
LIMIT $4
