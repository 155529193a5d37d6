-- name: insert_merchant
-- A new merchant; nothing when its slug, number or prefix is taken.
INSERT INTO merchants (merchant_id, slug, number, prefix, prefix_folded, name, currency, time_zone, contact_email, is_demo, created_at, kind, parent_id, english, paper)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15)
ON CONFLICT DO NOTHING
RETURNING merchant_id

-- name: update_merchant
-- Change what is not null of $2 to $16; a limit of 0 is none.
UPDATE merchants
SET slug = coalesce($2, slug), name = coalesce($3, name), time_zone = coalesce($4, time_zone), contact_email = coalesce($5, contact_email),
    ask_phone = coalesce($6, ask_phone), ask_address = coalesce($7, ask_address), language = coalesce($8, language),
    mail_from_name = coalesce($9, mail_from_name), reply_to = coalesce($10, reply_to),
    redemptions_per_hour = nullif(coalesce($11, redemptions_per_hour, 0), 0), expired_gratuity = coalesce($12, expired_gratuity),
    undo_minutes = coalesce($13, undo_minutes), reminders = coalesce($14, reminders), english = coalesce($15, english), paper = coalesce($16, paper)
WHERE merchant_id = $1
RETURNING merchant_id, slug, number, prefix, name, currency, time_zone, contact_email, is_demo, created_at, ask_phone, ask_address,
    language, mail_from_name, reply_to, redemptions_per_hour, expired_gratuity, undo_minutes, kind, parent_id, closed_at, reminders, english, paper

-- name: who_has
-- Which of a slug, a number and a folded prefix somebody other than $4 has already.
SELECT bool_or(slug = $1) AS slug, bool_or(number = $2) AS number, bool_or(prefix_folded = $3) AS prefix
FROM merchants
WHERE (slug = $1 OR number = $2 OR prefix_folded = $3) AND merchant_id <> $4

-- name: find_merchant
-- The merchant of a slug or a number; a slug goes first. Sandboxes go by their keys alone.
SELECT merchant_id, slug, number, prefix, name, currency, time_zone, contact_email, is_demo, created_at, ask_phone, ask_address,
    language, mail_from_name, reply_to, redemptions_per_hour, expired_gratuity, undo_minutes, kind, parent_id, closed_at, reminders, english, paper
FROM merchants
WHERE (slug = $1 OR number = $1) AND kind = 'live'
ORDER BY slug = $1 DESC
LIMIT 1

-- name: merchant_of_id
-- The merchant of an id.
SELECT merchant_id, slug, number, prefix, name, currency, time_zone, contact_email, is_demo, created_at, ask_phone, ask_address,
    language, mail_from_name, reply_to, redemptions_per_hour, expired_gratuity, undo_minutes, kind, parent_id, closed_at, reminders, english, paper
FROM merchants
WHERE merchant_id = $1

-- name: merchant_of_prefix
-- The merchant whose certificate numbers begin with a folded prefix; nobody's, where it is a sandbox's.
SELECT merchant_id, slug, number, prefix, name, currency, time_zone, contact_email, is_demo, created_at, ask_phone, ask_address,
    language, mail_from_name, reply_to, redemptions_per_hour, expired_gratuity, undo_minutes, kind, parent_id, closed_at, reminders, english, paper
FROM merchants
WHERE prefix_folded = $1 AND kind = 'live'

-- name: has_others
-- Whether there is any merchant other than $1.
SELECT EXISTS (SELECT 1 FROM merchants WHERE merchant_id <> $1 AND kind = 'live')

-- name: merchant_ids
-- The ids of all merchants.
SELECT merchant_id FROM merchants

-- name: list_merchants
-- All merchants that are no sandboxes, by slug.
SELECT merchant_id, slug, number, prefix, name, currency, time_zone, contact_email, is_demo, created_at, ask_phone, ask_address,
    language, mail_from_name, reply_to, redemptions_per_hour, expired_gratuity, undo_minutes, kind, parent_id, closed_at, reminders, english, paper
FROM merchants
WHERE kind = 'live'
ORDER BY slug

-- name: sandboxes
-- All sandboxes.
SELECT merchant_id, slug, number, prefix, name, currency, time_zone, contact_email, is_demo, created_at, ask_phone, ask_address,
    language, mail_from_name, reply_to, redemptions_per_hour, expired_gratuity, undo_minutes, kind, parent_id, closed_at, reminders, english, paper
FROM merchants
WHERE kind = 'sandbox'
ORDER BY merchant_id

-- name: anonymous_sandboxes
-- How many sandboxes are nobody's.
SELECT count(*) FROM merchants WHERE kind = 'sandbox' AND parent_id IS NULL

-- name: sandbox_of
-- The sandbox of a merchant.
SELECT merchant_id, slug, number, prefix, name, currency, time_zone, contact_email, is_demo, created_at, ask_phone, ask_address,
    language, mail_from_name, reply_to, redemptions_per_hour, expired_gratuity, undo_minutes, kind, parent_id, closed_at, reminders, english, paper
FROM merchants
WHERE parent_id = $1

-- name: set_closed
-- Close a shop at $2, or open it again; one that is closed already keeps its moment.
UPDATE merchants SET closed_at = CASE WHEN $2::timestamptz IS NULL THEN NULL ELSE coalesce(closed_at, $2) END
WHERE merchant_id = $1
RETURNING closed_at
