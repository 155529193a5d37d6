-- name: insert_events
-- Many events. One that already stands is left as it is.
INSERT INTO events (merchant_id, event_id, kind, version, payload, occurred_at)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::smallint[], $5::text[], $6::timestamptz[])
ON CONFLICT DO NOTHING

-- name: queue_deliveries
-- A delivery of each event to every endpoint that listens. What an endpoint was told of before is left as it is.
INSERT INTO deliveries (merchant_id, endpoint_id, event_id, queued_at, position, in_order, status, next_attempt_at)
SELECT given.merchant_id, endpoint.endpoint_id, given.event_id, statement_timestamp(), given.position, endpoint.ordered, 'pending',
    given.occurred_at
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::timestamptz[]) WITH ORDINALITY
    AS given (merchant_id, event_id, kind, occurred_at, position)
JOIN endpoints AS endpoint
    ON endpoint.merchant_id = given.merchant_id AND endpoint.status IN ('active', 'paused') AND given.kind = ANY (endpoint.events)
ON CONFLICT DO NOTHING

-- name: restore_payloads
-- Give events whose payload is gone what they say now.
UPDATE events SET payload = given.payload
FROM unnest($1::uuid[], $2::uuid[], $3::text[]) AS given (merchant_id, event_id, payload)
WHERE events.merchant_id = given.merchant_id AND events.event_id = given.event_id AND events.payload = $4

-- name: queue_for
-- A delivery of events to one endpoint; what it was told of before, or waits for it, is left as it is.
INSERT INTO deliveries (merchant_id, endpoint_id, event_id, queued_at, position, in_order, status, next_attempt_at)
SELECT $1, $2, given.event_id, statement_timestamp(), given.position, $3, 'pending', $5
FROM unnest($4::uuid[]) WITH ORDINALITY AS given (event_id, position)
ON CONFLICT DO NOTHING
RETURNING event_id

-- name: tell_once
-- Write down what is told now; those that were told before are not among the rows that come back.
INSERT INTO published_once (merchant_id, once_id, event_id)
SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::uuid[])
ON CONFLICT DO NOTHING
RETURNING once_id

-- name: insert_endpoint
-- Add an endpoint; one whose id stands already is left as it is.
INSERT INTO endpoints (
    merchant_id, endpoint_id, format, url, events, options, private_cipher, private_key_id, ordered, status, secret_cipher,
    secret_key_id, created_at, asked_by, asked_at
)
VALUES ($1, $2, $3, $4, $5, $6::jsonb, $7, $8, $9, $13, $10, $11, $12, $14, $15)
ON CONFLICT DO NOTHING

-- name: ask_of_endpoint
-- What waits for an owner's word of an endpoint; nulls: nothing does.
UPDATE endpoints SET asked_by = $3, asked_at = $4, asked_url = $5, asked_cipher = $6, asked_key_id = $7
WHERE merchant_id = $1 AND endpoint_id = $2

-- name: update_endpoint
-- What an endpoint is now; nothing of it stays in clear that may be a secret.
UPDATE endpoints
SET url = $3, events = $4, options = $5::jsonb, private_cipher = $6, private_key_id = $7, ordered = $8, failing_since = $9,
    custom1 = '', custom2 = ''
WHERE merchant_id = $1 AND endpoint_id = $2

-- name: reorder
-- Have what waits for an endpoint sent in order, or freely.
UPDATE deliveries SET in_order = $3
WHERE merchant_id = $1 AND endpoint_id = $2 AND status = 'pending' AND in_order <> $3

-- name: hasten
-- Have all that waits for a retry due now, with a fresh schedule; what a relay has in hand is settled by that relay.
UPDATE deliveries SET next_attempt_at = $3, tries = 0
WHERE merchant_id = $1 AND endpoint_id = $2 AND status = 'pending' AND next_attempt_at > $3

-- name: remove_endpoint
-- Keep of an endpoint what deliveries refer to, and none of its secrets.
UPDATE endpoints
SET status = 'removed', status_reason = 'Removed.', secret_cipher = '', previous_cipher = NULL, previous_key_id = NULL,
    previous_until = NULL, private_cipher = NULL, private_key_id = NULL, custom1 = '', custom2 = '', url = split_part(url, '?', 1),
    failing_since = NULL, asked_by = NULL, asked_at = NULL, asked_url = NULL, asked_cipher = NULL, asked_key_id = NULL
WHERE merchant_id = $1 AND endpoint_id = $2

-- name: give_up_waiting
-- Give up all that waits for an endpoint.
UPDATE deliveries SET status = 'failed', settled_at = $3, leased_until = NULL
WHERE merchant_id = $1 AND endpoint_id = $2 AND status = 'pending'

-- name: upsert_notices
-- Point a merchant's e-mail notices at an address.
INSERT INTO endpoints (merchant_id, endpoint_id, format, url, events, status, created_at)
VALUES ($1, $2, 'email', $3, $4, 'active', $5)
ON CONFLICT (merchant_id, endpoint_id) DO UPDATE SET url = excluded.url, events = excluded.events
WHERE endpoints.url <> excluded.url OR endpoints.events <> excluded.events

-- name: open_mail
-- Have mails of a merchant's sent: those to buyers and recipients, or the notices to themselves.
INSERT INTO endpoints (merchant_id, endpoint_id, format, url, events, status, created_at)
VALUES ($1, $2, 'email', $3, $4, 'active', $5)
ON CONFLICT DO NOTHING

-- name: find_endpoint
-- An endpoint by its id alone: the operator's commands name it so.
SELECT * FROM endpoints WHERE endpoint_id = $1

-- name: lock_endpoint
-- The same, held until the transaction ends.
SELECT * FROM endpoints WHERE endpoint_id = $1 FOR NO KEY UPDATE

-- name: list_endpoints
-- The endpoints of a merchant, or of everyone, oldest first; those that were removed are not listed.
SELECT * FROM endpoints
WHERE ($1::uuid IS NULL OR merchant_id = $1) AND status <> 'removed'
ORDER BY merchant_id, endpoint_id

-- name: endpoints_by_id
-- Those of a batch that a relay has claimed.
SELECT * FROM endpoints
WHERE (merchant_id, endpoint_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))

-- name: set_endpoint_status
-- Pause, resume or disable; whoever resumes starts with a clean slate.
UPDATE endpoints
SET status = $3, status_reason = $4, failing_since = CASE WHEN $3 = 'active' THEN NULL ELSE failing_since END
WHERE merchant_id = $1 AND endpoint_id = $2

-- name: rotate_secret
-- Put a new secret in place and let the old one sign beside it for a while.
UPDATE endpoints
SET previous_cipher = secret_cipher, previous_key_id = secret_key_id, previous_until = $5, secret_cipher = $3, secret_key_id = $4
WHERE merchant_id = $1 AND endpoint_id = $2

-- name: merchants_due
-- Whose active endpoints have something due at $1, of events from $2 on.
SELECT DISTINCT endpoint.merchant_id FROM endpoints AS endpoint
WHERE endpoint.status = 'active' AND EXISTS (
    SELECT 1 FROM deliveries AS delivery
    WHERE delivery.merchant_id = endpoint.merchant_id AND delivery.endpoint_id = endpoint.endpoint_id AND delivery.status = 'pending'
        AND delivery.next_attempt_at <= $1 AND (delivery.leased_until IS NULL OR delivery.leased_until <= $1)
        AND delivery.event_id >= $2
)

-- name: older_waits
-- Whether anything waits for an active endpoint, of events before $1. Nearly always nothing at all does, which one seek in each month tells.
SELECT EXISTS (
    SELECT 1 FROM (
        SELECT merchant_id FROM deliveries WHERE status = 'pending' AND event_id < $1
        ORDER BY merchant_id, endpoint_id, next_attempt_at LIMIT 1
    ) AS first
) AND EXISTS (
    SELECT 1 FROM endpoints AS endpoint
    WHERE endpoint.status = 'active' AND EXISTS (
        SELECT 1 FROM deliveries AS delivery
        WHERE delivery.merchant_id = endpoint.merchant_id AND delivery.endpoint_id = endpoint.endpoint_id
            AND delivery.status = 'pending' AND delivery.event_id < $1
    )
)

-- name: waits_below
-- Whether anything waits at all, of events before $1.
SELECT EXISTS (SELECT 1 FROM deliveries WHERE status = 'pending' AND event_id < $1)

-- name: claim
-- Take a merchant's deliveries that are due, a few of each endpoint, and lease them. $1 the merchant, $2 now, $3 the lease's end, $4 how
-- many in all, $5 how many of one endpoint, $6 how many of one that has been failing for longer than $9; $7 and $8: endpoints of which this
-- relay already holds so many; $10 the first event that may wait, so that the months before it are not looked into; $11 a seed.
-- The more endpoints wait, the fewer of each are taken at a time, so that all get their turn.
-- It steps over the endpoints with a seek each, so a million deliveries that wait for one endpoint cost no more than one.
WITH lanes AS MATERIALIZED (
    SELECT endpoint.merchant_id, endpoint.endpoint_id, endpoint.ordered, coalesce(held.count, 0) AS held,
        greatest(
            CASE
                WHEN endpoint.ordered THEN 1
                WHEN endpoint.failing_since <= $2::timestamptz - $9::interval THEN $6::int
                ELSE least($5::int, greatest(8, $4::int / (count(*) OVER ())::int))
            END - coalesce(held.count, 0),
            0
        ) AS free
    FROM endpoints AS endpoint
    LEFT JOIN unnest($7::uuid[], $8::int[]) AS held (endpoint_id, count) ON held.endpoint_id = endpoint.endpoint_id
    WHERE endpoint.merchant_id = $1 AND endpoint.status = 'active' AND EXISTS (
        SELECT 1 FROM deliveries AS waiting
        WHERE waiting.merchant_id = $1 AND waiting.endpoint_id = endpoint.endpoint_id AND waiting.status = 'pending'
            AND waiting.event_id >= $10
    )
), taken_freely AS (
    SELECT due.*
    FROM (
        SELECT * FROM lanes WHERE NOT ordered AND free > 0 ORDER BY held, uuid_hash_extended(endpoint_id, $11)
    ) AS lane
    CROSS JOIN LATERAL (
        SELECT merchant_id, endpoint_id, event_id FROM deliveries
        WHERE merchant_id = $1 AND endpoint_id = lane.endpoint_id AND status = 'pending' AND event_id >= $10
            AND next_attempt_at <= $2 AND (leased_until IS NULL OR leased_until <= $2)
        ORDER BY next_attempt_at
        LIMIT lane.free
        FOR UPDATE SKIP LOCKED
    ) AS due
    LIMIT $4
), taken_in_order AS (
    SELECT due.* FROM (SELECT * FROM lanes WHERE ordered AND free > 0) AS lane
    CROSS JOIN LATERAL (
        SELECT event_id FROM deliveries
        WHERE merchant_id = $1 AND endpoint_id = lane.endpoint_id AND status = 'pending' AND in_order AND event_id >= $10
        ORDER BY queued_at, position, event_id
        LIMIT 1
    ) AS head
    CROSS JOIN LATERAL (
        SELECT merchant_id, endpoint_id, event_id FROM deliveries
        WHERE merchant_id = $1 AND endpoint_id = lane.endpoint_id AND event_id = head.event_id AND event_id >= $10
            AND status = 'pending' AND next_attempt_at <= $2 AND (leased_until IS NULL OR leased_until <= $2)
        FOR UPDATE SKIP LOCKED
    ) AS due
    LIMIT $4
), taken AS (
    SELECT * FROM taken_freely UNION ALL SELECT * FROM taken_in_order
)
UPDATE deliveries AS delivery
SET leased_until = $3
FROM taken JOIN events AS event ON event.merchant_id = taken.merchant_id AND event.event_id = taken.event_id
WHERE delivery.merchant_id = $1 AND delivery.endpoint_id = taken.endpoint_id AND delivery.event_id = taken.event_id
    AND delivery.event_id >= $10 AND event.merchant_id = $1 AND event.event_id >= $10
RETURNING delivery.merchant_id, delivery.endpoint_id, delivery.event_id, delivery.tries, delivery.queued_at, delivery.position,
    delivery.leased_until, event.kind, event.version, event.payload, event.occurred_at

-- name: release
-- Give back what was leased and not sent, of events from $5 on.
UPDATE deliveries AS delivery
SET leased_until = NULL
FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[]) AS given (merchant_id, endpoint_id, event_id, leased_until)
WHERE delivery.merchant_id = given.merchant_id AND delivery.endpoint_id = given.endpoint_id AND delivery.event_id = given.event_id
    AND delivery.leased_until = given.leased_until AND delivery.event_id >= $5

-- name: settle
-- Record many attempts and what follows from each, of events from $14 on. Only who still holds the lease may settle, so a batch that is run again after a lost
-- connection at COMMIT changes nothing.
WITH given AS MATERIALIZED (
    SELECT * FROM unnest(
        $1::uuid[], $2::uuid[], $3::uuid[], $4::timestamptz[], $5::text[], $6::timestamptz[], $7::timestamptz[], $8::timestamptz[], $9::int[],
        $10::int[], $11::text[], $12::bytea[], $13::bytea[]
    ) AS result (
        merchant_id, endpoint_id, event_id, leased_until, status, next_attempt_at, settled_at, started_at, duration_ms,
        status_code, error, answer, body
    )
), settled AS (
    UPDATE deliveries AS delivery
    SET status = given.status, attempts = delivery.attempts + 1, tries = delivery.tries + 1, leased_until = NULL,
        next_attempt_at = coalesce(given.next_attempt_at, delivery.next_attempt_at), settled_at = given.settled_at
    FROM given
    WHERE delivery.merchant_id = given.merchant_id AND delivery.endpoint_id = given.endpoint_id AND delivery.event_id = given.event_id
        AND delivery.leased_until = given.leased_until AND delivery.event_id >= $14
    RETURNING delivery.merchant_id, delivery.endpoint_id, delivery.event_id, delivery.attempts
)
INSERT INTO attempts (merchant_id, endpoint_id, event_id, attempt, started_at, duration_ms, status_code, error, answer, body)
SELECT merchant_id, endpoint_id, event_id, settled.attempts, started_at, duration_ms, status_code, error, answer, body
FROM settled JOIN given USING (merchant_id, endpoint_id, event_id)

-- name: note_health
-- Write down since when an endpoint has been failing, or that it answers again. An endpoint in steady health is not touched.
UPDATE endpoints AS endpoint
SET failing_since = CASE WHEN given.healthy THEN NULL ELSE given.failed_at END
FROM unnest($1::uuid[], $2::uuid[], $3::boolean[], $4::timestamptz[]) AS given (merchant_id, endpoint_id, healthy, failed_at)
WHERE endpoint.merchant_id = given.merchant_id AND endpoint.endpoint_id = given.endpoint_id
    AND given.healthy = (endpoint.failing_since IS NOT NULL)

-- name: note_success
-- Write down when endpoints took something. Steady health is noted once in a while alone: callers know when it was.
UPDATE endpoints AS endpoint SET last_success_at = given.at
FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) AS given (merchant_id, endpoint_id, at)
WHERE endpoint.merchant_id = given.merchant_id AND endpoint.endpoint_id = given.endpoint_id
    AND (endpoint.last_success_at IS NULL OR endpoint.last_success_at < given.at)

-- name: disable_failing
-- Disable those that have failed since before $3, and those that are gone ($4), and say which they were. Mail is never disabled: its
-- failing is the operator's mail server's, and who would be told?
UPDATE endpoints AS endpoint
SET status = 'disabled',
    status_reason = CASE WHEN given.gone THEN 'The receiver answered 410 Gone.' ELSE 'Every attempt of the last five days failed.' END
FROM unnest($1::uuid[], $2::uuid[], $4::boolean[]) AS given (merchant_id, endpoint_id, gone)
WHERE endpoint.merchant_id = given.merchant_id AND endpoint.endpoint_id = given.endpoint_id AND endpoint.status IN ('active', 'paused')
    AND endpoint.format <> 'email' AND (given.gone OR endpoint.failing_since <= $3)
RETURNING endpoint.*

-- name: find_delivery
-- One delivery with what it carries.
SELECT delivery.*, event.kind, event.occurred_at
FROM deliveries AS delivery JOIN events AS event USING (merchant_id, event_id)
WHERE delivery.merchant_id = $1 AND delivery.endpoint_id = $2 AND delivery.event_id = $3

-- name: attempts_of
-- Every attempt of a delivery, first to last.
SELECT attempt, started_at, duration_ms, status_code, error, answer, body FROM attempts
WHERE merchant_id = $1 AND endpoint_id = $2 AND event_id = $3 ORDER BY attempt

-- name: resend_one
-- Queue a delivery again, whatever became of it, with a fresh schedule.
UPDATE deliveries
SET status = 'pending', tries = 0, next_attempt_at = $4, settled_at = NULL, leased_until = NULL
WHERE merchant_id = $1 AND endpoint_id = $2 AND event_id = $3

-- name: last_failed_at
-- When the latest of an endpoint's deliveries that were given up was.
SELECT settled_at FROM deliveries
WHERE merchant_id = $1 AND endpoint_id = $2 AND status = 'failed'
ORDER BY settled_at DESC LIMIT 1

-- name: resend_failed
-- The same for some of those that were given up behind ($3, $4) and up to $5, in the order in which they were; and the last of them.
WITH failed AS MATERIALIZED (
    SELECT merchant_id, endpoint_id, event_id, settled_at FROM deliveries
    WHERE merchant_id = $1 AND endpoint_id = $2 AND status = 'failed' AND settled_at >= $3 AND settled_at <= $5
        AND (settled_at, event_id) > ($3, $4)
    ORDER BY settled_at, event_id
    LIMIT $7
), queued AS (
    UPDATE deliveries AS delivery
    SET status = 'pending', tries = 0, next_attempt_at = $6, settled_at = NULL, leased_until = NULL
    WHERE delivery.merchant_id = $1 AND delivery.endpoint_id = $2 AND delivery.status = 'failed'
        AND delivery.event_id = ANY (ARRAY(SELECT failed.event_id FROM failed))
    RETURNING delivery.event_id
)
SELECT (SELECT count(*) FROM queued)::int AS queued, settled_at, event_id
FROM failed ORDER BY settled_at DESC, event_id DESC LIMIT 1

-- name: oldest_due
-- The moment since which the longest-waiting delivery of an active endpoint has been due; null when nothing is.
SELECT min(first.next_attempt_at)
FROM (
    SELECT (
        SELECT min(delivery.next_attempt_at) FROM deliveries AS delivery
        WHERE delivery.merchant_id = endpoint.merchant_id AND delivery.endpoint_id = endpoint.endpoint_id
            AND delivery.status = 'pending' AND delivery.event_id >= $2
    ) AS next_attempt_at
    FROM endpoints AS endpoint
    WHERE endpoint.status = 'active' AND endpoint.failing_since IS NULL
) AS first
WHERE first.next_attempt_at <= $1

-- name: newest_at
-- When the newest event of some merchants happened; null when there is none.
SELECT max(newest.occurred_at)
FROM unnest($1::uuid[]) AS owner (merchant_id)
CROSS JOIN LATERAL (
    SELECT occurred_at FROM events WHERE merchant_id = owner.merchant_id ORDER BY event_id DESC LIMIT 1
) AS newest

-- name: hint
-- Wake the relays. It carries nothing: the table is the truth.
SELECT pg_notify('largesse_outbox', '')

-- name: secrets_by_key
-- How many signing secrets are sealed under each key, the previous ones included.
SELECT key_id, count(*) AS sealed
FROM (
    SELECT secret_key_id AS key_id FROM endpoints WHERE secret_cipher <> ''
    UNION ALL
    SELECT previous_key_id FROM endpoints WHERE previous_cipher IS NOT NULL
    UNION ALL
    SELECT private_key_id FROM endpoints WHERE private_cipher IS NOT NULL
    UNION ALL
    SELECT asked_key_id FROM endpoints WHERE asked_cipher IS NOT NULL
) AS secrets
GROUP BY key_id

-- name: pending
-- How many deliveries wait, counted no further than a bound.
SELECT count(*) FROM (SELECT 1 FROM deliveries WHERE status = 'pending' LIMIT $1) AS counted

-- name: holds_secrets
-- Whether there is any signing secret.
SELECT EXISTS (SELECT 1 FROM endpoints WHERE secret_cipher <> '')

-- name: lock_secrets
-- The next endpoints after one with a secret that is not under a key, or with something that a version before kept in clear, in key
-- order.
SELECT * FROM endpoints
WHERE (merchant_id, endpoint_id) > ($1, $2)
  AND ((secret_cipher <> '' AND secret_key_id <> $3) OR (previous_cipher IS NOT NULL AND previous_key_id <> $3)
    OR (private_cipher IS NOT NULL AND private_key_id <> $3) OR (asked_cipher IS NOT NULL AND asked_key_id <> $3)
    OR (format <> 'email' AND (custom1 <> '' OR custom2 <> '' OR url LIKE '%?%')))
ORDER BY merchant_id, endpoint_id
LIMIT $4
FOR UPDATE

-- name: replace_secrets
-- The same secrets of an endpoint, sealed anew, and nothing of them in clear.
UPDATE endpoints
SET secret_cipher = $3, secret_key_id = $4, previous_cipher = $5, previous_key_id = $6, private_cipher = $7, private_key_id = $8,
    asked_cipher = $9, asked_key_id = $10, url = split_part(url, '?', 1), custom1 = '', custom2 = ''
WHERE merchant_id = $1 AND endpoint_id = $2

-- name: attempts_to_mask
-- What was sent to an endpoint and answered by it, some at a time.
SELECT merchant_id, endpoint_id, event_id, attempt, body, answer FROM attempts
WHERE merchant_id = $1 AND endpoint_id = $2 AND (event_id, attempt) > ($3, $4)
ORDER BY event_id, attempt LIMIT $5

-- name: replace_attempt
-- The same without the receiver's key phrases.
UPDATE attempts SET body = $5, answer = $6
WHERE merchant_id = $1 AND endpoint_id = $2 AND event_id = $3 AND attempt = $4

-- name: all_endpoints
-- Every endpoint there is, or was, of a merchant.
SELECT endpoint_id FROM endpoints WHERE merchant_id = $1 ORDER BY endpoint_id

-- name: empty_attempts
-- Delete what was sent and answered in some attempts of settled deliveries of before $3, from $4 on; and tell the last of them.
WITH old AS MATERIALIZED (
    SELECT attempt.event_id, attempt.attempt
    FROM attempts AS attempt
    JOIN deliveries AS delivery ON delivery.merchant_id = attempt.merchant_id AND delivery.endpoint_id = attempt.endpoint_id
        AND delivery.event_id = attempt.event_id
    WHERE attempt.merchant_id = $1 AND attempt.endpoint_id = $2 AND attempt.event_id >= $4 AND attempt.event_id < $3
        AND (attempt.body <> '' OR attempt.answer <> '') AND delivery.merchant_id = $1 AND delivery.status <> 'pending'
    ORDER BY attempt.event_id, attempt.attempt
    LIMIT $5
), emptied AS (
    UPDATE attempts SET body = '', answer = '' FROM old
    WHERE attempts.merchant_id = $1 AND attempts.endpoint_id = $2 AND attempts.event_id = old.event_id
        AND attempts.attempt = old.attempt
    RETURNING attempts.event_id
)
SELECT (SELECT count(*) FROM emptied)::int AS count, event_id FROM old ORDER BY event_id DESC LIMIT 1

-- name: forget_deliveries
-- Delete some settled deliveries of before $3, with their attempts.
WITH old AS MATERIALIZED (
    SELECT event_id FROM deliveries
    WHERE merchant_id = $1 AND endpoint_id = $2 AND event_id < $3 AND status <> 'pending'
    ORDER BY event_id LIMIT $4
), tries AS (
    DELETE FROM attempts USING old
    WHERE attempts.merchant_id = $1 AND attempts.endpoint_id = $2 AND attempts.event_id = old.event_id
    RETURNING attempts.event_id
)
DELETE FROM deliveries USING old
WHERE deliveries.merchant_id = $1 AND deliveries.endpoint_id = $2 AND deliveries.event_id = old.event_id
    AND deliveries.status <> 'pending'

-- name: forget_events
-- Delete some events of before $2 that no delivery carries.
DELETE FROM events WHERE merchant_id = $1 AND event_id IN (
    SELECT event.event_id FROM events AS event
    WHERE event.merchant_id = $1 AND event.event_id < $2 AND NOT EXISTS (
        SELECT 1 FROM endpoints AS endpoint
        JOIN deliveries AS delivery ON delivery.merchant_id = endpoint.merchant_id AND delivery.endpoint_id = endpoint.endpoint_id
        WHERE endpoint.merchant_id = $1 AND delivery.merchant_id = $1 AND delivery.event_id = event.event_id
    )
    ORDER BY event.event_id LIMIT $3
)

-- name: erase_payloads
-- Put a stub in the place of payloads: of the events $2, of those that hold one of the texts $3, of the kinds $5 that hold one of $4, and
-- of those of before that tell a memo and hold one of $7.
UPDATE events SET payload = $6
WHERE merchant_id = $1 AND payload <> $6
    AND (event_id = ANY($2::uuid[]) OR lower(payload) LIKE ANY($3::text[])
        OR (kind = ANY($5::text[]) AND lower(payload) LIKE ANY($4::text[]))
        OR (payload LIKE '%"memo":"%' AND lower(payload) LIKE ANY($7::text[])))
RETURNING event_id

-- name: erase_deliveries
-- Give up what waits of some events, to any endpoint.
UPDATE deliveries SET status = 'failed', settled_at = $3, leased_until = NULL
WHERE merchant_id = $1 AND event_id = ANY($2::uuid[]) AND status = 'pending'

-- name: erase_attempts
-- Delete what was sent of some events, and what was answered.
UPDATE attempts SET body = '', answer = ''
WHERE merchant_id = $1 AND event_id = ANY($2::uuid[]) AND (body <> '' OR answer <> '')

-- name: leave_unnumbered
-- Events that are to be numbered once they are committed.
INSERT INTO unnumbered_events (merchant_id, event_id)
SELECT * FROM unnest($1::uuid[], $2::uuid[])
ON CONFLICT DO NOTHING

-- name: merchants_unnumbered
-- Whose events wait for their numbers.
SELECT DISTINCT merchant_id FROM unnumbered_events

-- name: open_head
-- A merchant's events are counted from 1.
INSERT INTO event_heads (merchant_id, last_number) VALUES ($1, 0) ON CONFLICT DO NOTHING

-- name: lock_head
-- The last number that was given; one worker at a time gives the next.
SELECT last_number FROM event_heads WHERE merchant_id = $1 FOR UPDATE

-- name: give_numbers
-- Number what is committed, after $2, at most $3 events; one that was published again keeps its number.
WITH taken AS (
    DELETE FROM unnumbered_events
    WHERE merchant_id = $1 AND event_id IN (
        SELECT event_id FROM unnumbered_events WHERE merchant_id = $1 ORDER BY event_id LIMIT $3
    )
    RETURNING event_id
)
INSERT INTO numbered_events (merchant_id, number, event_id)
SELECT $1, $2 + row_number() OVER (ORDER BY taken.event_id), taken.event_id
FROM taken
WHERE NOT EXISTS (
    SELECT 1 FROM numbered_events AS before WHERE before.merchant_id = $1 AND before.event_id = taken.event_id
)
RETURNING number

-- name: move_head
-- Numbers up to $2 are given.
UPDATE event_heads SET last_number = $2 WHERE merchant_id = $1

-- name: events_after
-- The events of a merchant with a higher number, in order; of one kind where $4 names it.
SELECT n.number, e.event_id, e.kind, e.version, e.payload, e.occurred_at
FROM numbered_events n
JOIN events e ON e.merchant_id = n.merchant_id AND e.event_id = n.event_id
WHERE n.merchant_id = $1 AND n.number > $2 AND ($4::text IS NULL OR e.kind = $4)
ORDER BY n.number
LIMIT $3

-- name: oldest_number
-- The lowest number whose event is kept, and the last that was given.
SELECT (SELECT min(number) FROM numbered_events WHERE merchant_id = $1) AS oldest, h.last_number
FROM event_heads h
WHERE h.merchant_id = $1

-- name: forget_numbers
-- Numbers of events that are kept no longer, a bounded number of them.
DELETE FROM numbered_events
WHERE merchant_id = $1 AND number IN (
    SELECT number FROM numbered_events WHERE merchant_id = $1 AND event_id < $2 ORDER BY number LIMIT $3
)
