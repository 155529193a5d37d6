-- name: insert_offering
-- A new offering; nothing when the slug is taken.
INSERT INTO offerings (merchant_id, offering_id, slug, kind, status, title, description, terms, translations, currency,
    presets, amount_min, amount_max, price, tax_rate, tip_percents, tip_max, validity_months, validity_days,
    available_from, available_until, stock, sort, designs, picture_id,
    bonus_threshold, bonus_amount, bonus_percent, bonus_validity_months, bonus_validity_days, gift_description,
    bonus_gift_description, tax_kind, tax_country, redemption_rates, created_at, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $25,
    $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $36)
ON CONFLICT DO NOTHING
RETURNING offering_id

-- name: update_offering
-- Change an offering; its id, its currency and what is taken of the stock stay.
UPDATE offerings
SET slug = $3, kind = $4, status = $5, title = $6, description = $7, terms = $8, translations = $9::jsonb,
    presets = $10, amount_min = $11, amount_max = $12, price = $13, tax_rate = $14, tip_percents = $15, tip_max = $16,
    validity_months = $17, validity_days = $18, available_from = $19, available_until = $20, stock = $21, sort = $22,
    designs = $23, picture_id = $24, bonus_threshold = $25, bonus_amount = $26, bonus_percent = $27,
    bonus_validity_months = $28, bonus_validity_days = $29, gift_description = $30, bonus_gift_description = $31,
    tax_kind = $32, tax_country = $33, redemption_rates = $34, changed_at = $35, version = version + 1
WHERE merchant_id = $1 AND offering_id = $2
RETURNING offering_id

-- name: lock_offering
-- An offering by slug or id, kept to this transaction.
SELECT * FROM offerings WHERE merchant_id = $1 AND (slug = $2 OR offering_id::text = lower($2)) FOR NO KEY UPDATE

-- name: find_offering
-- An offering by slug or id.
SELECT * FROM offerings WHERE merchant_id = $1 AND (slug = $2 OR offering_id::text = lower($2))

-- name: offerings_of
--- Some offerings, of one merchant or several.
SELECT offerings.* FROM offerings
JOIN unnest($1::uuid[], $2::uuid[]) AS wanted (merchant_id, offering_id) USING (merchant_id, offering_id)

-- name: list_offerings
-- All offerings of a merchant as they are shown.
SELECT * FROM offerings WHERE merchant_id = $1 ORDER BY sort, lower(title), offering_id

-- name: open_offerings
-- What can be seen at a moment: active, in its time; what is sold out too, because who comes for it should read that.
SELECT * FROM offerings
WHERE merchant_id = $1 AND status = 'active'
    AND (available_from IS NULL OR available_from <= $2) AND (available_until IS NULL OR available_until > $2)
ORDER BY sort, lower(title), offering_id

-- name: slug_taken
-- Whether another offering than $3 has a slug.
SELECT EXISTS (SELECT 1 FROM offerings WHERE merchant_id = $1 AND slug = $2 AND offering_id <> $3)

-- name: take_stock
-- Take some of one offering's stock, if that much is left; it need not be limited any more.
UPDATE offerings SET taken = taken + $3
WHERE merchant_id = $1 AND offering_id = $2 AND stock IS NOT NULL AND taken + $3 <= stock
RETURNING offering_id

-- name: stock_limits
-- Whether the stock of some offerings is limited; no row of one that does not exist.
SELECT offering_id, stock IS NOT NULL AS limited FROM offerings WHERE merchant_id = $1 AND offering_id = ANY ($2::uuid[])

-- name: lock_stock
-- Lock the offerings that a checkout took some of, and those of $3 whose stock is limited, in the order of their ids.
SELECT offering_id FROM offerings
WHERE merchant_id = $1 AND (
    stock IS NOT NULL AND offering_id = ANY ($3::uuid[])
    OR offering_id IN (SELECT offering_id FROM stock_reservations WHERE merchant_id = $1 AND checkout_id = $2)
)
ORDER BY offering_id
FOR NO KEY UPDATE

-- name: lock_promos
-- Lock the promo code that a checkout used, and the one of the folded name $3, in the order of their ids.
SELECT promo_id FROM promo_codes
WHERE merchant_id = $1 AND (
    code_folded = $3 OR promo_id IN (SELECT promo_id FROM promo_uses WHERE merchant_id = $1 AND checkout_id = $2)
)
ORDER BY promo_id
FOR NO KEY UPDATE

-- name: insert_reservation
-- What a checkout took.
INSERT INTO stock_reservations (merchant_id, checkout_id, offering_id, quantity, reserved_at) VALUES ($1, $2, $3, $4, $5)

-- name: reservations
-- What a checkout took, in the order in which offerings are locked.
SELECT offering_id, quantity FROM stock_reservations WHERE merchant_id = $1 AND checkout_id = $2 ORDER BY offering_id FOR UPDATE

-- name: return_stock
-- Give back what a checkout took of one offering.
UPDATE offerings SET taken = greatest(0, taken - $3) WHERE merchant_id = $1 AND offering_id = $2

-- name: delete_reservations
-- A checkout takes nothing any more.
DELETE FROM stock_reservations WHERE merchant_id = $1 AND checkout_id = $2

-- name: insert_promo
-- A new promo code; nothing when there is one of that name.
INSERT INTO promo_codes (merchant_id, promo_id, code, code_folded, currency, percent, amount, starts_at, ends_at, uses_max,
    uses_per_buyer_max, amount_min, offering_ids, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT DO NOTHING
RETURNING promo_id

-- name: update_promo
-- Change a promo code; what was used of it stays, and it holds again.
UPDATE promo_codes
SET code = $3, percent = $4, amount = $5, starts_at = $6, ends_at = $7, uses_max = $8, uses_per_buyer_max = $9,
    amount_min = $10, offering_ids = $11
WHERE merchant_id = $1 AND promo_id = $2

-- name: find_promo
-- A promo code by its folded name.
SELECT merchant_id, promo_id, code, currency, percent, amount, starts_at, ends_at, uses_max, uses_per_buyer_max, uses,
    amount_min, offering_ids, stopped_at, created_at
FROM promo_codes
WHERE merchant_id = $1 AND code_folded = $2

-- name: lock_promo
-- The same, kept to this transaction: who had to wait sees the uses as they are now.
SELECT merchant_id, promo_id, code, currency, percent, amount, starts_at, ends_at, uses_max, uses_per_buyer_max, uses,
    amount_min, offering_ids, stopped_at, created_at
FROM promo_codes
WHERE merchant_id = $1 AND code_folded = $2
FOR NO KEY UPDATE

-- name: list_promos
-- All promo codes of a merchant, by name.
SELECT merchant_id, promo_id, code, currency, percent, amount, starts_at, ends_at, uses_max, uses_per_buyer_max, uses,
    amount_min, offering_ids, stopped_at, created_at
FROM promo_codes
WHERE merchant_id = $1
ORDER BY code_folded

-- name: stop_promo
-- Let a promo code hold no more.
UPDATE promo_codes SET stopped_at = coalesce(stopped_at, $3) WHERE merchant_id = $1 AND code_folded = $2 RETURNING promo_id

-- name: uses_of_buyer
-- How often a buyer used a promo code.
SELECT count(*) FROM promo_uses WHERE merchant_id = $1 AND promo_id = $2 AND buyer = $3

-- name: insert_use
-- What a checkout used; nothing when it has used a code already.
INSERT INTO promo_uses (merchant_id, promo_id, checkout_id, buyer, discount, used_at)
VALUES ($1, $2, $3, $4, $5, $6)

-- name: count_use
-- One more use. The code is locked.
UPDATE promo_codes SET uses = uses + 1 WHERE merchant_id = $1 AND promo_id = $2

-- name: release_use
-- A checkout uses no code any more.
WITH gone AS (
    DELETE FROM promo_uses WHERE merchant_id = $1 AND checkout_id = $2 RETURNING promo_id
)
UPDATE promo_codes SET uses = greatest(0, uses - 1)
FROM gone
WHERE promo_codes.merchant_id = $1 AND promo_codes.promo_id = gone.promo_id

-- name: insert_picture
-- A picture; one that was uploaded before only gets the words for those who cannot see it.
INSERT INTO pictures (merchant_id, picture_id, alt, width, height, fallback, widths, created_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
ON CONFLICT (merchant_id, picture_id) DO UPDATE SET alt = CASE WHEN excluded.alt = '' THEN pictures.alt ELSE excluded.alt END
RETURNING merchant_id, picture_id, alt, width, height, fallback, widths

-- name: insert_renditions
-- The bytes of a picture, all widths and formats at once.
INSERT INTO picture_renditions (merchant_id, picture_id, width, format, content)
SELECT $1, $2, * FROM unnest($3::integer[], $4::text[], $5::bytea[])
ON CONFLICT DO NOTHING

-- name: pictures
-- Some pictures, without their bytes.
SELECT merchant_id, picture_id, alt, width, height, fallback, widths
FROM pictures
WHERE merchant_id = $1 AND picture_id = ANY ($2::uuid[])

-- name: list_pictures
-- All pictures of a merchant, the newest first, with where each is shown.
SELECT merchant_id, picture_id, alt, width, height, fallback, widths, created_at,
    ARRAY(
        SELECT slug FROM offerings o WHERE o.merchant_id = p.merchant_id AND o.picture_id = p.picture_id ORDER BY slug
    ) AS offerings,
    EXISTS (SELECT 1 FROM themes t WHERE t.merchant_id = p.merchant_id AND t.logo_id = p.picture_id) AS is_logo
FROM pictures p
WHERE merchant_id = $1
ORDER BY created_at DESC, picture_id

-- name: hold_picture
-- Whether there is a picture, which then stays until the transaction ends.
SELECT true FROM pictures WHERE merchant_id = $1 AND picture_id = $2 FOR KEY SHARE

-- name: lock_picture
-- Whether there is a picture, which nobody begins to show until the transaction ends.
SELECT true FROM pictures WHERE merchant_id = $1 AND picture_id = $2 FOR UPDATE

-- name: delete_picture
-- A picture with all its bytes. Hold it locked, and shown nowhere.
WITH bytes AS (DELETE FROM picture_renditions WHERE merchant_id = $1 AND picture_id = $2)
DELETE FROM pictures WHERE merchant_id = $1 AND picture_id = $2

-- name: rendition
-- The bytes of a picture in one width and format.
SELECT content FROM picture_renditions WHERE merchant_id = $1 AND picture_id = $2 AND width = $3 AND format = $4

-- name: printable_logo
-- The widest rendition of a merchant's logo that a certificate can carry, $2 bytes at most.
SELECT r.content
FROM themes t
JOIN picture_renditions r ON r.merchant_id = t.merchant_id AND r.picture_id = t.logo_id
WHERE t.merchant_id = $1 AND r.format IN ('png', 'jpeg') AND octet_length(r.content) <= $2
ORDER BY r.width DESC
LIMIT 1

-- name: find_theme
-- A merchant's theme.
SELECT accent, logo_id, about, how_to_redeem, address, phone, website, translations FROM themes WHERE merchant_id = $1

-- name: put_theme
-- A merchant's theme, new or changed.
INSERT INTO themes (merchant_id, accent, logo_id, about, how_to_redeem, address, phone, website, translations, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9::jsonb, $10)
ON CONFLICT (merchant_id) DO UPDATE SET accent = excluded.accent, logo_id = excluded.logo_id, about = excluded.about,
    how_to_redeem = excluded.how_to_redeem, address = excluded.address, phone = excluded.phone, website = excluded.website,
    translations = excluded.translations, changed_at = excluded.changed_at

-- name: held_of_checkout
-- What a checkout that waits or is paid holds: of which offering how many, and of which promo code a use.
SELECT offering_id, quantity, NULL::uuid AS promo_id FROM stock_reservations WHERE merchant_id = $1 AND checkout_id = $2
UNION ALL
SELECT NULL, 1, promo_id FROM promo_uses WHERE merchant_id = $1 AND checkout_id = $2

-- name: erase_uses
-- Take a buyer out of the uses of promo codes; each use still counts.
UPDATE promo_uses SET buyer = 'erased' WHERE merchant_id = $1 AND buyer = $2

-- name: begin_theme
-- The theme of a merchant that has chosen none, to be locked.
INSERT INTO themes (merchant_id, accent, about, how_to_redeem, address, phone, website, changed_at)
VALUES ($1, $2, '', '', '', '', '', $3)
ON CONFLICT DO NOTHING

-- name: lock_theme
-- A merchant's theme, kept to this transaction.
SELECT accent, logo_id, about, how_to_redeem, address, phone, website, translations FROM themes
WHERE merchant_id = $1
FOR NO KEY UPDATE

-- name: lock_offerings
-- All offerings of a merchant, kept to this transaction, in the order in which offerings are locked.
SELECT offering_id FROM offerings WHERE merchant_id = $1 ORDER BY offering_id FOR NO KEY UPDATE

-- name: arrange_offerings
-- Places of offerings among the others. They are locked.
UPDATE offerings SET sort = wanted.place
FROM unnest($2::uuid[], $3::integer[]) AS wanted (offering_id, place)
WHERE offerings.merchant_id = $1 AND offerings.offering_id = wanted.offering_id AND sort <> wanted.place

-- name: find_draft
-- What something of the catalogue is to become.
SELECT merchant_id, draft_id, kind, content, seen, changed_by, changed_at FROM catalogue_drafts
WHERE merchant_id = $1 AND draft_id = $2

-- name: lock_draft
-- The same, kept to this transaction.
SELECT merchant_id, draft_id, kind, content, seen, changed_by, changed_at FROM catalogue_drafts
WHERE merchant_id = $1 AND draft_id = $2
FOR UPDATE

-- name: list_drafts
-- All drafts of a merchant's catalogue, the newest first.
SELECT merchant_id, draft_id, kind, content, seen, changed_by, changed_at FROM catalogue_drafts
WHERE merchant_id = $1
ORDER BY changed_at DESC, draft_id

-- name: put_draft
-- A draft, new or in the place of the one that is locked.
INSERT INTO catalogue_drafts (merchant_id, draft_id, kind, content, seen, changed_by, changed_at)
VALUES ($1, $2, $3, $4, $5, $6, $7)
ON CONFLICT (merchant_id, draft_id) DO UPDATE SET content = excluded.content, seen = excluded.seen,
    changed_by = excluded.changed_by, changed_at = excluded.changed_at

-- name: delete_draft
-- A draft that is locked.
DELETE FROM catalogue_drafts WHERE merchant_id = $1 AND draft_id = $2
