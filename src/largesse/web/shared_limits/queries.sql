-- name: take
-- Count $9 uses of $2, at most $5, or none of them where the window has not so many left. A window that has ended gives way to a new one: twice as long where it was used up and ended
-- a moment ago. Where everybody together ($3) is beyond $8, one who used anything is refused. Returns nothing where refused.
INSERT INTO limit_counts AS known (limit_name, subject, used, lasts, ends_at)
VALUES ($1, $2, $9::integer, $6::interval, $4::timestamptz + $6::interval)
ON CONFLICT (limit_name, subject) DO UPDATE SET
    used = CASE WHEN known.ends_at > $4 THEN known.used + $9 ELSE $9 END,
    lasts = CASE
        WHEN known.ends_at > $4 THEN known.lasts
        WHEN known.used >= $5 AND known.ends_at + known.lasts > $4 THEN least(known.lasts * 2, $7)
        ELSE $6
    END,
    ends_at = CASE
        WHEN known.ends_at > $4 THEN known.ends_at
        WHEN known.used >= $5 AND known.ends_at + known.lasts > $4 THEN $4 + least(known.lasts * 2, $7)
        ELSE $4 + $6
    END
WHERE known.ends_at <= $4 OR known.used + $9 <= CASE
    WHEN EXISTS (
        SELECT 1 FROM limit_counts AS everybody
        WHERE everybody.limit_name = $1 AND everybody.subject = $3 AND everybody.ends_at > $4 AND everybody.used >= $8
    ) THEN 1
    ELSE $5
END
RETURNING ends_at

-- name: window_end
-- When the window of a subject ends.
SELECT ends_at FROM limit_counts WHERE limit_name = $1 AND subject = $2

-- name: give_back
-- Take back a use that was counted in the window that ends at $3.
UPDATE limit_counts SET used = used - 1 WHERE limit_name = $1 AND subject = $2 AND ends_at = $3 AND used > 0

-- name: count_for_all
-- Count a miss of everybody together, without a bound: what it is compared with is asked when somebody tries.
INSERT INTO limit_counts AS known (limit_name, subject, used, lasts, ends_at)
VALUES ($1, $2, 1, $4::interval, $3::timestamptz + $4::interval)
ON CONFLICT (limit_name, subject) DO UPDATE SET
    used = CASE WHEN known.ends_at > $3 THEN known.used + 1 ELSE 1 END,
    ends_at = CASE WHEN known.ends_at > $3 THEN known.ends_at ELSE $3 + $4 END

-- name: remember
-- Remember a subject until $3.
INSERT INTO limit_counts AS known (limit_name, subject, used, lasts, ends_at)
VALUES ($1, $2, 0, interval '0', $3)
ON CONFLICT (limit_name, subject) DO UPDATE SET ends_at = greatest(known.ends_at, excluded.ends_at)

-- name: is_remembered
-- Whether a subject is remembered at $3.
SELECT EXISTS (SELECT 1 FROM limit_counts WHERE limit_name = $1 AND subject = $2 AND ends_at > $3)

-- name: forget_ended
-- Delete counts whose window ended before $1, at most $2 of them.
DELETE FROM limit_counts
WHERE (limit_name, subject) IN (
    SELECT limit_name, subject FROM limit_counts WHERE ends_at < $1 ORDER BY ends_at LIMIT $2 FOR UPDATE SKIP LOCKED
)
RETURNING subject
