-- name: see_clock
-- Note that duties ran at $1, and say since when their clock runs steadily: without a step of more than $2. The first time it does so since
-- $3.
INSERT INTO duty_clock (seen_at, steady_since) VALUES ($1, $3)
ON CONFLICT (single) DO UPDATE
SET seen_at = excluded.seen_at,
    steady_since = CASE
        WHEN excluded.seen_at - duty_clock.seen_at BETWEEN -$2::interval AND $2::interval THEN duty_clock.steady_since
        ELSE excluded.seen_at
    END
RETURNING steady_since, accepted_until

-- name: database_clock
-- What the database's clock says.
SELECT clock_timestamp()

-- name: accept_clock
-- Take the clock that says $1 for right: it has run steadily since $3, and rows up to $2 that are newer are known to be wrong.
INSERT INTO duty_clock (seen_at, steady_since, accepted_until) VALUES ($1, $3, $2)
ON CONFLICT (single) DO UPDATE
SET seen_at = excluded.seen_at, steady_since = excluded.steady_since, accepted_until = excluded.accepted_until
