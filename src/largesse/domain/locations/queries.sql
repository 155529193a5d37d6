-- name: insert_entity
-- A new legal entity; nothing when the merchant has one of that name.
INSERT INTO legal_entities (merchant_id, entity_id, name, legal_form, address, address2, city, state, zip, country, register, vat_id,
    tax_id, phone, currency, is_default, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
ON CONFLICT DO NOTHING
RETURNING entity_id

-- name: update_entity
-- Change what is not null of $3 to $14; no row comes back where another legal entity has the name.
UPDATE legal_entities
SET name = coalesce($3, name), legal_form = coalesce($4, legal_form), address = coalesce($5, address), address2 = coalesce($6, address2),
    city = coalesce($7, city), state = coalesce($8, state), zip = coalesce($9, zip), country = coalesce($10, country),
    register = coalesce($11, register), vat_id = coalesce($12, vat_id), tax_id = coalesce($13, tax_id), phone = coalesce($14, phone)
WHERE merchant_id = $1 AND entity_id = $2 AND NOT EXISTS (
    SELECT 1 FROM legal_entities AS other WHERE other.merchant_id = $1 AND other.entity_id <> $2 AND lower(other.name) = lower($3)
)
RETURNING merchant_id, entity_id, name, legal_form, address, address2, city, state, zip, country, register, vat_id, tax_id, phone,
    currency, is_default, created_at, archived_at

-- name: archive_entity
-- Set since when a legal entity is archived; null for not any more.
UPDATE legal_entities SET archived_at = $3 WHERE merchant_id = $1 AND entity_id = $2

-- name: default_entity
-- Make a legal entity the default, or not any more.
UPDATE legal_entities SET is_default = $3 WHERE merchant_id = $1 AND entity_id = $2

-- name: lock_entities
-- Keep the changes of a merchant's legal entities, locations and devices in a row.
SELECT entity_id FROM legal_entities WHERE merchant_id = $1 ORDER BY entity_id FOR UPDATE

-- name: entities
-- A merchant's legal entities: the default first, then by name.
SELECT merchant_id, entity_id, name, legal_form, address, address2, city, state, zip, country, register, vat_id, tax_id, phone, currency,
    is_default, created_at, archived_at
FROM legal_entities
WHERE merchant_id = $1
ORDER BY is_default DESC, lower(name)

-- name: default_entity_of
-- A merchant's default legal entity.
SELECT merchant_id, entity_id, name, legal_form, address, address2, city, state, zip, country, register, vat_id, tax_id, phone, currency,
    is_default, created_at, archived_at
FROM legal_entities
WHERE merchant_id = $1 AND is_default

-- name: insert_location
-- A new location; nothing when the merchant has one of that code.
INSERT INTO locations (merchant_id, location_id, entity_id, code, name, address, address2, city, state, zip, country, time_zone,
    cut_off_hour, books_sale, default_rate_name, default_rate, takes_money, is_default, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
ON CONFLICT DO NOTHING
RETURNING location_id

-- name: update_location
-- Write a location as it shall be from now on.
UPDATE locations
SET entity_id = $3, code = $4, name = $5, address = $6, address2 = $7, city = $8, state = $9, zip = $10, country = $11, time_zone = $12,
    cut_off_hour = $13, books_sale = $14, default_rate_name = $15, default_rate = $16, takes_money = $17
WHERE merchant_id = $1 AND location_id = $2

-- name: close_location
-- Set since when a location is closed; null for not any more.
UPDATE locations SET archived_at = $3 WHERE merchant_id = $1 AND location_id = $2

-- name: default_location
-- Make a location the default, or not any more.
UPDATE locations SET is_default = $3 WHERE merchant_id = $1 AND location_id = $2

-- name: locations
-- A merchant's locations: the default first, then by code.
SELECT merchant_id, location_id, entity_id, code, name, address, address2, city, state, zip, country, time_zone, cut_off_hour, books_sale,
    default_rate_name, default_rate, takes_money, is_default, created_at, archived_at
FROM locations
WHERE merchant_id = $1
ORDER BY is_default DESC, code

-- name: codes
-- The code of every location, for exports.
SELECT location_id, code FROM locations WHERE merchant_id = $1
