-- name: insert_device
-- A new device with its code; nothing when the merchant has one of that name.
INSERT INTO devices (
    merchant_id, device_id, location_id, name, kind, offline_hours_max, created_at, code_expires_at, code_digest, lock_minutes
) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)
ON CONFLICT DO NOTHING
RETURNING device_id

-- name: set_code
-- Another code for a device; the one before counts no more.
UPDATE devices SET code_digest = $3, code_expires_at = $4 WHERE merchant_id = $1 AND device_id = $2 AND revoked_at IS NULL

-- name: enrol
-- Spend a code: the device has a key from now on, and waits to be confirmed. A key before it counts no more.
UPDATE devices
SET code_digest = NULL, code_expires_at = NULL, key_digest = $4, enrolled_at = $3, agent = $5, confirmed_at = NULL, refreshed_at = NULL,
    public_key = $6, address = $7
WHERE merchant_id = $1 AND code_digest = $2 AND code_expires_at > $3
RETURNING merchant_id, device_id, location_id, name, kind, offline_hours_max, created_at, code_expires_at, enrolled_at, agent,
    confirmed_at, seen_at, refreshed_at, revoked_at, public_key, address, lock_minutes

-- name: confirm
-- Let a device work that waits.
UPDATE devices SET confirmed_at = $3
WHERE merchant_id = $1 AND device_id = $2 AND key_digest IS NOT NULL AND confirmed_at IS NULL AND revoked_at IS NULL
RETURNING merchant_id, device_id, location_id, name, kind, offline_hours_max, created_at, code_expires_at, enrolled_at, agent,
    confirmed_at, seen_at, refreshed_at, revoked_at, public_key, address, lock_minutes

-- name: update_device
-- Change what is not null of $3 to $7; no row comes back where it was revoked, or another device has the name.
UPDATE devices
SET name = coalesce($3, name), kind = coalesce($4, kind), offline_hours_max = coalesce($5, offline_hours_max),
    location_id = coalesce($6, location_id), lock_minutes = coalesce($7, lock_minutes)
WHERE merchant_id = $1 AND device_id = $2 AND revoked_at IS NULL AND NOT EXISTS (
    SELECT 1 FROM devices AS other
    WHERE other.merchant_id = $1 AND other.device_id <> $2 AND lower(other.name) = lower($3) AND other.revoked_at IS NULL
)
RETURNING merchant_id, device_id, location_id, name, kind, offline_hours_max, created_at, code_expires_at, enrolled_at, agent,
    confirmed_at, seen_at, refreshed_at, revoked_at, public_key, address, lock_minutes

-- name: revoke
-- End a device for good: neither its code nor its key counts any more.
UPDATE devices SET revoked_at = $3, code_digest = NULL, code_expires_at = NULL, key_digest = NULL, public_key = NULL
WHERE merchant_id = $1 AND device_id = $2 AND revoked_at IS NULL

-- name: devices
-- A merchant's devices, by name: those that were revoked come last, the newest of them first.
SELECT merchant_id, device_id, location_id, name, kind, offline_hours_max, created_at, code_expires_at, enrolled_at, agent,
    confirmed_at, seen_at, refreshed_at, revoked_at, public_key, address, lock_minutes
FROM devices
WHERE merchant_id = $1
ORDER BY revoked_at DESC NULLS FIRST, lower(name)

-- name: by_key_waiting_too
-- The device that a key belongs to, also where nobody has confirmed it yet.
SELECT merchant_id, device_id, location_id, name, kind, offline_hours_max, created_at, code_expires_at, enrolled_at, agent,
    confirmed_at, seen_at, refreshed_at, revoked_at, public_key, address, lock_minutes
FROM devices
WHERE merchant_id = $1 AND key_digest = $2 AND revoked_at IS NULL

-- name: by_key
-- The device that a key belongs to.
SELECT merchant_id, device_id, location_id, name, kind, offline_hours_max, created_at, code_expires_at, enrolled_at, agent,
    confirmed_at, seen_at, refreshed_at, revoked_at, public_key, address, lock_minutes
FROM devices
WHERE merchant_id = $1 AND key_digest = $2 AND confirmed_at IS NOT NULL AND revoked_at IS NULL

-- name: see
-- Remember when a device was last seen, unless that is remembered closely enough, and as of when its book is.
UPDATE devices SET seen_at = greatest(seen_at, $3), refreshed_at = greatest(refreshed_at, $4::timestamptz)
WHERE merchant_id = $1 AND device_id = $2 AND (seen_at IS NULL OR seen_at <= $5 OR $4::timestamptz IS NOT NULL)

-- name: works_at
-- Whether a device that was not revoked belongs to a location.
SELECT EXISTS (SELECT 1 FROM devices WHERE merchant_id = $1 AND location_id = $2 AND revoked_at IS NULL)

-- name: offline_hours
-- The longest that a device of a merchant's may work without a line; null where it has none.
SELECT max(offline_hours_max) FROM devices WHERE merchant_id = $1 AND revoked_at IS NULL
