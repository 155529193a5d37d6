-- name: insert_partner
-- A new partner; nothing when the merchant has one of that name.
INSERT INTO partners (merchant_id, partner_id, name, contact_email, created_at)
VALUES ($1, $2, $3, $4, $5)
ON CONFLICT DO NOTHING
RETURNING partner_id

-- name: insert_agreement
-- The agreement of a new partner.
INSERT INTO agreements (merchant_id, partner_id, enabled, suspended, token_lifetime_s, payment_terms_days, invoicing,
    refcodes, other_refcodes, tax_kind, tax_country, tax_rate, purpose, discount_ppm, discount_kind, po_number, numbers_as_file,
    own_keys)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)

-- name: put_terms
-- What the agreement allows in a currency, new or changed; what was used stays.
INSERT INTO agreement_terms (merchant_id, partner_id, currency, amount_max, credit_limit, credit_used)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (merchant_id, partner_id, currency) DO UPDATE SET amount_max = excluded.amount_max, credit_limit = excluded.credit_limit

-- name: put_approval_above
-- Above what is ordered in one act a second person of the partner has to agree; null: never.
UPDATE agreement_terms SET approval_above = $4 WHERE merchant_id = $1 AND partner_id = $2 AND currency = $3

-- name: delete_terms
-- Take a currency out of the agreement, unless something in it is not settled.
DELETE FROM agreement_terms WHERE merchant_id = $1 AND partner_id = $2 AND currency = $3 AND credit_used = 0

-- name: change_agreement
-- Change what is not null of $3 to $10 and $13 to $18; a kind of tax comes with its country and rate.
UPDATE agreements
SET enabled = coalesce($3, enabled), suspended = coalesce($4, suspended), token_lifetime_s = coalesce($5, token_lifetime_s),
    payment_terms_days = coalesce($6, payment_terms_days), invoicing = coalesce($7, invoicing),
    refcodes = coalesce($8::text[], refcodes), other_refcodes = coalesce($9, other_refcodes), tax_kind = coalesce($10, tax_kind),
    tax_country = CASE WHEN $10 IS NULL THEN tax_country ELSE $11 END, tax_rate = CASE WHEN $10 IS NULL THEN tax_rate ELSE $12 END,
    purpose = coalesce($13, purpose), discount_ppm = coalesce($14, discount_ppm), discount_kind = coalesce($15, discount_kind),
    po_number = coalesce($16, po_number), numbers_as_file = coalesce($17, numbers_as_file), own_keys = coalesce($18, own_keys)
WHERE merchant_id = $1 AND partner_id = $2

-- name: agreements
-- Some partners' agreements, a row for each currency; one row of nulls where there is none yet.
SELECT a.merchant_id, a.partner_id, a.enabled, a.suspended, a.token_lifetime_s, a.payment_terms_days, a.invoicing,
    a.refcodes, a.other_refcodes, a.tax_kind, a.tax_country, a.tax_rate, a.purpose, a.discount_ppm, a.discount_kind, a.po_number,
    a.numbers_as_file, a.own_keys, a.limits_spenders,
    t.currency, t.amount_max, t.credit_limit, t.credit_used, t.approval_above
FROM agreements a
LEFT JOIN agreement_terms t ON t.merchant_id = a.merchant_id AND t.partner_id = a.partner_id
WHERE (a.merchant_id, a.partner_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
ORDER BY a.merchant_id, a.partner_id, t.currency

-- name: lock_agreements
-- Keep some partners' agreements and terms to this transaction, always in the same order. Whoever had to wait is given the rows as they are now.
SELECT a.merchant_id, a.partner_id, a.enabled, a.suspended, a.token_lifetime_s, a.payment_terms_days, a.invoicing,
    a.refcodes, a.other_refcodes, a.tax_kind, a.tax_country, a.tax_rate, a.purpose, a.discount_ppm, a.discount_kind, a.po_number,
    a.numbers_as_file, a.own_keys, a.limits_spenders,
    t.currency, t.amount_max, t.credit_limit, t.credit_used, t.approval_above
FROM agreements a
JOIN agreement_terms t ON t.merchant_id = a.merchant_id AND t.partner_id = a.partner_id
WHERE (a.merchant_id, a.partner_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
ORDER BY a.merchant_id, a.partner_id, t.currency
FOR NO KEY UPDATE OF a, t

-- name: lock_free_agreements
-- Keep those of some partners' agreements to this transaction that nobody else has. Terms are only locked by who has their agreement, so
-- each agreement comes with all of them or not at all.
WITH free AS MATERIALIZED (
    SELECT a.*
    FROM agreements a
    WHERE (a.merchant_id, a.partner_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
    ORDER BY a.merchant_id, a.partner_id
    FOR NO KEY UPDATE SKIP LOCKED
)
SELECT free.merchant_id, free.partner_id, free.enabled, free.suspended, free.token_lifetime_s, free.payment_terms_days, free.invoicing,
    free.refcodes, free.other_refcodes, free.tax_kind, free.tax_country, free.tax_rate, free.purpose, free.discount_ppm, free.discount_kind, free.po_number,
    free.numbers_as_file, free.own_keys, free.limits_spenders,
    t.currency, t.amount_max, t.credit_limit, t.credit_used, t.approval_above
FROM free
JOIN agreement_terms t ON t.merchant_id = free.merchant_id AND t.partner_id = free.partner_id
ORDER BY free.merchant_id, free.partner_id, t.currency
FOR NO KEY UPDATE OF t

-- name: lock_bare_agreements
-- The same, for partners that no currency is agreed with.
SELECT a.merchant_id, a.partner_id, a.enabled, a.suspended, a.token_lifetime_s, a.payment_terms_days, a.invoicing,
    a.refcodes, a.other_refcodes, a.tax_kind, a.tax_country, a.tax_rate, a.purpose, a.discount_ppm, a.discount_kind, a.po_number,
    a.numbers_as_file, a.own_keys, a.limits_spenders,
    NULL AS currency
FROM agreements a
WHERE (a.merchant_id, a.partner_id) IN (SELECT * FROM unnest($1::uuid[], $2::uuid[]))
ORDER BY a.merchant_id, a.partner_id
FOR NO KEY UPDATE

-- name: use_credit
-- Add to the used credit, many currencies of many partners at once. The agreements are locked.
UPDATE agreement_terms
SET credit_used = credit_used + used.amount
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[]) AS used (merchant_id, partner_id, currency, amount)
WHERE agreement_terms.merchant_id = used.merchant_id AND agreement_terms.partner_id = used.partner_id
    AND agreement_terms.currency = used.currency

-- name: find_partner
-- The partner of a name or an id.
SELECT merchant_id, partner_id, name, contact_email, created_at, phone, address, address2, city, state, zip, country
FROM partners
WHERE merchant_id = $1 AND (lower(name) = lower($2) OR partner_id::text = lower($2))

-- name: list_partners
-- A merchant's partners, by name.
SELECT merchant_id, partner_id, name, contact_email, created_at, phone, address, address2, city, state, zip, country
FROM partners WHERE merchant_id = $1 ORDER BY lower(name)

-- name: update_partner
-- Change what is not null of $3 to $11; no row comes back where another partner has the name.
UPDATE partners
SET name = coalesce($3, name), contact_email = coalesce($4, contact_email), phone = coalesce($5, phone), address = coalesce($6, address),
    address2 = coalesce($7, address2), city = coalesce($8, city), state = coalesce($9, state), zip = coalesce($10, zip),
    country = coalesce($11, country)
WHERE merchant_id = $1 AND partner_id = $2 AND NOT EXISTS (
    SELECT 1 FROM partners AS other WHERE other.merchant_id = $1 AND other.partner_id <> $2 AND lower(other.name) = lower($3)
)
RETURNING merchant_id, partner_id, name, contact_email, created_at, phone, address, address2, city, state, zip, country

-- name: buyers
-- Who ordered on account, as receivers and exports are told of it: by partner.
SELECT partner_id, name AS buyer_name, contact_email AS buyer_email, phone AS buyer_phone, address AS buyer_address,
    address2 AS buyer_address2, city AS buyer_city, state AS buyer_state, zip AS buyer_zip
FROM partners WHERE merchant_id = $1

-- name: insert_user
-- A new user; nothing when the address is taken.
INSERT INTO partner_users (merchant_id, user_id, partner_id, email, password_hash, created_at)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING
RETURNING user_id

-- name: set_password
-- Another password for a user.
UPDATE partner_users SET password_hash = $3 WHERE merchant_id = $1 AND user_id = $2

-- name: disable_user
-- No more tokens for a user, nor anything with those that live.
UPDATE partner_users SET disabled_at = $3 WHERE merchant_id = $1 AND user_id = $2 AND disabled_at IS NULL

-- name: enable_user
-- Let a user in again.
UPDATE partner_users SET disabled_at = NULL WHERE merchant_id = $1 AND user_id = $2

-- name: users
-- A partner's users, by address.
SELECT merchant_id, user_id, partner_id, email, created_at, disabled_at
FROM partner_users
WHERE merchant_id = $1 AND partner_id = $2
ORDER BY email

-- name: insert_key
-- A new API key; nothing when there is one of its id.
INSERT INTO api_keys (merchant_id, key_id, user_id, digest, hint, created_at) VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (merchant_id, key_id) DO NOTHING

-- name: token_uses
-- How many tokens of each of a partner's keys live at $3, and when the last was asked for.
SELECT t.key_id, count(*) FILTER (WHERE t.expires_at > $3 AND t.revoked_at IS NULL) AS live, max(t.issued_at) AS last_issued_at
FROM partner_users u
JOIN api_keys k ON k.merchant_id = u.merchant_id AND k.user_id = u.user_id
JOIN access_tokens t ON t.merchant_id = k.merchant_id AND t.key_id = k.key_id
WHERE u.merchant_id = $1 AND u.partner_id = $2
GROUP BY t.key_id

-- name: insert_route
-- Lead from a key to its merchant.
INSERT INTO routes (kind, key, merchant_id) VALUES ('api_key', $1, $2)

-- name: revoke_key
-- End a key; its tokens end with it.
UPDATE api_keys SET revoked_at = $3 WHERE merchant_id = $1 AND key_id = $2 AND revoked_at IS NULL

-- name: keys
-- A partner's keys, oldest first.
SELECT k.merchant_id, k.key_id, k.user_id, k.hint, k.created_at, k.revoked_at
FROM api_keys k
JOIN partner_users u ON u.merchant_id = k.merchant_id AND u.user_id = k.user_id
WHERE u.merchant_id = $1 AND u.partner_id = $2
ORDER BY k.key_id

-- name: route_of_key
-- The merchant that a key belongs to.
SELECT merchant_id FROM routes WHERE kind = 'api_key' AND key = $1

-- name: credentials
-- Whom a live key belongs to.
SELECT k.merchant_id, u.partner_id, u.user_id, k.key_id, u.email, u.password_hash, a.token_lifetime_s
FROM api_keys k
JOIN partner_users u ON u.merchant_id = k.merchant_id AND u.user_id = k.user_id
JOIN agreements a ON a.merchant_id = u.merchant_id AND a.partner_id = u.partner_id
WHERE k.merchant_id = $1 AND k.digest = $2 AND k.revoked_at IS NULL AND u.disabled_at IS NULL

-- name: insert_token
-- A new access token.
INSERT INTO access_tokens (merchant_id, digest, key_id, issued_at, expires_at) VALUES ($1, $2, $3, $4, $5)

-- name: access
-- In whose name a live key and one of its live tokens speak.
SELECT k.merchant_id, u.partner_id, u.user_id, k.key_id, t.expires_at, p.name, p.contact_email, p.created_at, p.phone, p.address,
    p.address2, p.city, p.state, p.zip, p.country, a.tax_kind, a.tax_country, a.tax_rate,
    CASE a.discount_kind WHEN 'price_reduction' THEN a.discount_ppm ELSE 0 END AS price_reduction_ppm
FROM api_keys k
JOIN partner_users u ON u.merchant_id = k.merchant_id AND u.user_id = k.user_id
JOIN partners p ON p.merchant_id = u.merchant_id AND p.partner_id = u.partner_id
JOIN agreements a ON a.merchant_id = u.merchant_id AND a.partner_id = u.partner_id
JOIN access_tokens t ON t.merchant_id = k.merchant_id AND t.key_id = k.key_id
WHERE k.merchant_id = $1 AND k.digest = $2 AND t.digest = $3 AND t.expires_at > $4
    AND k.revoked_at IS NULL AND u.disabled_at IS NULL AND t.revoked_at IS NULL

-- name: revoke_tokens
-- End all live tokens of a key.
UPDATE access_tokens SET revoked_at = $3 WHERE merchant_id = $1 AND key_id = $2 AND revoked_at IS NULL

-- name: merchants_with_expired_tokens
-- Whose tokens have long expired.
SELECT DISTINCT merchant_id FROM access_tokens WHERE expires_at < $1

-- name: delete_expired_tokens
-- Forget a bounded number of a merchant's tokens that have long expired.
DELETE FROM access_tokens
WHERE merchant_id = $1 AND digest IN (
    SELECT digest FROM access_tokens WHERE merchant_id = $1 AND expires_at < $2 ORDER BY expires_at LIMIT $3
)

-- name: erase_users
-- Take somebody out of the users of partners; they may do nothing any more.
UPDATE partner_users SET email = 'erased-' || user_id || '@erased.invalid', password_hash = '', disabled_at = coalesce(disabled_at, $3)
WHERE merchant_id = $1 AND email = $2

-- name: lock_spending_limits
-- The limits that some people and keys have, kept to this transaction; whoever asks holds the agreements.
SELECT merchant_id, spender_id, currency, partner_id, monthly, month, spent
FROM spending_limits
WHERE merchant_id = $1 AND spender_id = ANY($2::uuid[])
ORDER BY spender_id, currency
FOR NO KEY UPDATE

-- name: spending_limits_of
-- The limits of a partner's people and keys.
SELECT merchant_id, spender_id, currency, partner_id, monthly, month, spent
FROM spending_limits WHERE merchant_id = $1 AND partner_id = $2
ORDER BY spender_id, currency

-- name: put_spending_limit
-- How much somebody may order in a month; what was spent stays.
INSERT INTO spending_limits (merchant_id, spender_id, currency, partner_id, monthly, month)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT (merchant_id, spender_id, currency) DO UPDATE SET monthly = excluded.monthly

-- name: drop_spending_limit
-- Somebody has no limit of their own any more.
DELETE FROM spending_limits WHERE merchant_id = $1 AND spender_id = $2 AND currency = $3

-- name: mark_limits
-- Whether somebody or some key of a partner has a limit of its own.
UPDATE agreements AS a SET limits_spenders = EXISTS (
    SELECT 1 FROM spending_limits s WHERE s.merchant_id = a.merchant_id AND s.partner_id = a.partner_id
)
WHERE a.merchant_id = $1 AND a.partner_id = $2

-- name: spend
-- What some people and keys spent, in the month that is now.
UPDATE spending_limits AS s
SET spent = CASE WHEN s.month = used.month THEN s.spent + used.amount ELSE used.amount END, month = used.month
FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::date[], $5::bigint[]) AS used (merchant_id, spender_id, currency, month, amount)
WHERE s.merchant_id = used.merchant_id AND s.spender_id = used.spender_id AND s.currency = used.currency
