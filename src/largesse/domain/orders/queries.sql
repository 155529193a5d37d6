-- name: insert_orders
-- Many orders at once: $1 is a JSON array of them. Absent fields take the column's default.
INSERT INTO orders (
    merchant_id, order_id, order_number, channel, status, checkout_id, partner_id, refcode, third_party_identifier, certificate_id,
    operation_id, fingerprint, currency, amount, tip, discount, tax, total, class_of_value, good_through, description,
    gift_description, recipient_first_name, recipient_last_name, recipient_email, to_message, from_message, message, placed_at,
    issued_at, offering_id, design, locale, delivery, deliver_at, promo_code, bonus_of, validity_months, validity_days,
    tax_kind, tax_country, tax_rate, included_tax, location_id, device_id, fills_id
)
SELECT
    merchant_id, order_id, order_number, channel, status, checkout_id, partner_id, refcode, third_party_identifier, certificate_id,
    operation_id, decode(fingerprint, 'base64'), currency, amount, coalesce(tip, 0), coalesce(discount, 0), coalesce(tax, 0), total,
    coalesce(class_of_value, 'paid'), good_through, coalesce(description, ''),
    coalesce(gift_description, ''), coalesce(recipient_first_name, ''), coalesce(recipient_last_name, ''), coalesce(recipient_email, ''),
    coalesce(to_message, ''), coalesce(from_message, ''), coalesce(message, ''), placed_at, issued_at,
    offering_id, coalesce(design, ''), coalesce(locale, 'en'), coalesce(delivery, ''), deliver_at, coalesce(promo_code, ''), bonus_of,
    validity_months, validity_days, coalesce(tax_kind, 'none'), tax_country, tax_rate, coalesce(included_tax, 0),
    location_id, device_id, fills_id
FROM json_to_recordset($1::json) AS given (
    merchant_id uuid, order_id uuid, order_number text, channel text, status text, checkout_id uuid, partner_id uuid, refcode text,
    third_party_identifier text, certificate_id uuid, operation_id uuid, fingerprint text, currency text, amount bigint, tip bigint,
    discount bigint, tax bigint, total bigint, class_of_value text, good_through date, description text,
    gift_description text, recipient_first_name text, recipient_last_name text, recipient_email text, to_message text, from_message text, message text,
    placed_at timestamptz, issued_at timestamptz, offering_id uuid, design text, locale text, delivery text, deliver_at timestamptz,
    promo_code text, bonus_of uuid, validity_months integer, validity_days integer,
    tax_kind text, tax_country text, tax_rate numeric, included_tax bigint,
    location_id uuid, device_id uuid, fills_id uuid
)

-- name: orders_by_number
-- The orders of some numbers.
SELECT * FROM orders WHERE merchant_id = $1 AND order_number = ANY($2::text[])

-- name: order_by_id
-- The order of an id.
SELECT * FROM orders WHERE merchant_id = $1 AND order_id = $2

-- name: orders_by_ids
-- The orders of some ids.
SELECT * FROM orders WHERE merchant_id = $1 AND order_id = ANY($2::uuid[])

-- name: orders_by_identifier
-- A partner's orders of one of its own identifiers, the newest first.
SELECT * FROM orders
WHERE merchant_id = $1 AND partner_id = $2 AND third_party_identifier = $3
ORDER BY placed_at DESC, order_id DESC
LIMIT $4

-- name: orders_by_email
-- The issued orders whose buyer or recipient has an address in small letters, the newest first.
SELECT o.*
FROM orders o
WHERE o.merchant_id = $1 AND o.certificate_id IS NOT NULL AND o.order_id IN (
    SELECT order_id FROM orders WHERE merchant_id = $1 AND lower(recipient_email) = $2 AND recipient_email <> ''
    UNION
    SELECT bought.order_id FROM checkouts c JOIN orders bought ON bought.merchant_id = c.merchant_id AND bought.checkout_id = c.checkout_id
    WHERE c.merchant_id = $1 AND lower(c.billing_email) = $2
)
ORDER BY o.placed_at DESC, o.order_id
LIMIT $3

-- name: orders_by_operation
-- The orders that some operations placed.
SELECT * FROM orders WHERE merchant_id = $1 AND operation_id = ANY($2::uuid[])

-- name: orders_of_checkouts
-- The orders of some checkouts, in the order in which they were placed.
SELECT * FROM orders WHERE merchant_id = $1 AND checkout_id = ANY($2::uuid[]) ORDER BY checkout_id, order_id

-- name: list_orders
-- A page of a merchant's orders, newest first; nulls leave a filter out. $6 and $7 are the last row of the page before.
SELECT * FROM orders
WHERE merchant_id = $1
  AND ($2::text IS NULL OR status = $2)
  AND ($3::text IS NULL OR refcode = $3)
  AND ($4::timestamptz IS NULL OR placed_at >= $4)
  AND ($5::timestamptz IS NULL OR placed_at < $5)
  AND ($6::timestamptz IS NULL OR (placed_at, order_id) < ($6, $7::uuid))
ORDER BY placed_at DESC, order_id DESC
LIMIT $8

-- name: waiting_at_counter
-- The orders of a location's counter that wait for their payment, the oldest first.
SELECT * FROM orders WHERE merchant_id = $1 AND location_id = $2 AND channel = 'counter' AND status = 'placed' ORDER BY placed_at, order_id LIMIT $3

-- name: reloads_waiting
-- The orders that shall reload a certificate once they are paid, the oldest first.
SELECT * FROM orders WHERE merchant_id = $1 AND fills_id = $2 AND status = 'placed' AND offering_id IS NULL ORDER BY placed_at, order_id

-- name: refcodes_of_partner
-- The refcodes that a partner's orders stand under, those of $3 left out: how many orders, and what they come to.
SELECT refcode, currency, count(*) AS orders, sum(total)::bigint AS total
FROM orders
WHERE merchant_id = $1 AND partner_id = $2 AND refcode <> ALL($3::text[]) AND status = 'issued'
GROUP BY refcode, currency
ORDER BY refcode, currency

-- name: settle_orders
-- Move orders that wait for payment to another status: $1 is a JSON array with what becomes of each.
UPDATE orders
SET status = given.status, certificate_id = given.certificate_id, issued_at = given.issued_at, good_through = given.good_through
FROM json_to_recordset($1::json) AS given (
    merchant_id uuid, order_id uuid, status text, certificate_id uuid, issued_at timestamptz, good_through date
)
WHERE orders.merchant_id = given.merchant_id AND orders.order_id = given.order_id AND orders.status = 'placed'

-- name: take_back_order
-- Mark an issued order as refunded or voided.
UPDATE orders SET status = $3 WHERE merchant_id = $1 AND order_id = $2 AND status = 'issued'

-- name: rewrite_order
-- What its buyer changed before an order was sent.
UPDATE orders SET to_message = $3, from_message = $4, message = $5, design = $6, deliver_at = $7
WHERE merchant_id = $1 AND order_id = $2 AND status = 'issued'

-- name: insert_checkouts
-- Many checkouts at once: $1 is a JSON array of them.
INSERT INTO checkouts (
    merchant_id, checkout_id, status, currency, total, billing_first_name, billing_last_name, billing_email, billing_phone,
    billing_address, billing_address2, billing_city, billing_state, billing_zip, billing_country, created_at, paid_at, locale, gateway,
    utm_source, utm_medium, utm_campaign
)
SELECT
    merchant_id, checkout_id, status, currency, total, billing->>'first_name', billing->>'last_name', billing->>'email',
    billing->>'phone', billing->>'address', billing->>'address2', billing->>'city', billing->>'state', billing->>'zip',
    billing->>'country', created_at, paid_at, locale, gateway, coalesce(utm_source, ''), coalesce(utm_medium, ''), coalesce(utm_campaign, '')
FROM json_to_recordset($1::json) AS given (
    merchant_id uuid, checkout_id uuid, status text, currency text, total bigint, billing jsonb, created_at timestamptz,
    paid_at timestamptz, locale text, gateway text, utm_source text, utm_medium text, utm_campaign text
)

-- name: lock_checkouts
-- Some checkouts, locked in the order of their ids until the transaction ends: who fulfils or cancels one holds it. What refers to them, such as a
-- correction of a receipt, may be written meanwhile.
SELECT * FROM checkouts WHERE merchant_id = $1 AND checkout_id = ANY($2::uuid[]) ORDER BY checkout_id FOR NO KEY UPDATE

-- name: find_checkout
-- A checkout, not locked.
SELECT * FROM checkouts WHERE merchant_id = $1 AND checkout_id = $2

-- name: unpaid_checkouts
-- Open checkouts of all merchants, by their ids, placed behind $1 and before $2, which were to be paid at a gateway other than $3, or cost
-- nothing, or were to be by a day that has passed. What was imported names no gateway; what waits for a link that was mailed, or for a transfer
-- until a day, waits until that ends.
SELECT * FROM checkouts
WHERE status = 'open' AND checkout_id > $1 AND checkout_id < $2 AND gateway <> ''
    AND (gateway <> $3 OR total = 0 OR EXISTS (
        SELECT 1 FROM payment_links l WHERE l.merchant_id = checkouts.merchant_id AND l.checkout_id = checkouts.checkout_id
    ))
    AND NOT EXISTS (
        SELECT 1 FROM payment_links l
        WHERE l.merchant_id = checkouts.merchant_id AND l.checkout_id = checkouts.checkout_id AND l.ends_at > $5
    )
ORDER BY checkout_id
LIMIT $4

-- name: put_payment_link
-- A checkout waits until $3 for whoever was mailed its link, or for a transfer.
INSERT INTO payment_links (merchant_id, checkout_id, ends_at) VALUES ($1, $2, $3)
ON CONFLICT (merchant_id, checkout_id) DO UPDATE SET ends_at = greatest(payment_links.ends_at, excluded.ends_at)

-- name: payment_links
-- Until when some checkouts wait for whoever was mailed their links.
SELECT checkout_id, ends_at FROM payment_links WHERE merchant_id = $1 AND checkout_id = ANY ($2::uuid[])

-- name: note_buyer
-- Whoever was mailed the page to pay is the buyer of a checkout that waits, and reads this language.
UPDATE checkouts SET billing_email = $3, locale = $4 WHERE merchant_id = $1 AND checkout_id = $2 AND status = 'open'

-- name: waiting_checkouts
--- Open checkouts of all merchants, by their ids, placed after $1 and before $2, which are to be paid at gateway $3.
SELECT * FROM checkouts
WHERE status = 'open' AND checkout_id > $1 AND checkout_id < $2 AND gateway = $3
ORDER BY checkout_id
LIMIT $4

-- name: settle_checkouts
-- Close open checkouts.
UPDATE checkouts SET status = $3, paid_at = $4 WHERE merchant_id = $1 AND checkout_id = ANY($2::uuid[]) AND status = 'open'

-- name: reserve_numbers
-- Keep order numbers brought from elsewhere for one merchant, in the whole installation. Returns those that were free.
INSERT INTO routes (kind, key, merchant_id)
SELECT 'order_number', convert_to(number, 'UTF8'), $1 FROM unnest($2::text[]) AS number
ON CONFLICT DO NOTHING
RETURNING convert_from(key, 'UTF8') AS order_number

-- name: numbers_of_others
-- Which of some order numbers another merchant has brought from elsewhere.
SELECT convert_from(key, 'UTF8') AS order_number FROM routes
WHERE kind = 'order_number' AND key = ANY(SELECT convert_to(number, 'UTF8') FROM unnest($2::text[]) AS number) AND merchant_id <> $1

-- name: checkouts_by_id
-- Some checkouts.
SELECT * FROM checkouts WHERE merchant_id = $1 AND checkout_id = ANY($2::uuid[])

-- name: issued_page
-- Orders that were issued, in the order in which they were placed, behind ($9, $10); nulls leave a filter out.
SELECT * FROM orders
WHERE merchant_id = $1 AND issued_at IS NOT NULL
  AND ($2::timestamptz IS NULL OR placed_at >= $2)
  AND ($3::timestamptz IS NULL OR placed_at < $3)
  AND ($4::timestamptz IS NULL OR issued_at >= $4)
  AND ($5::timestamptz IS NULL OR issued_at < $5)
  AND ($6::text IS NULL OR status = $6)
  AND ($7::text IS NULL OR refcode = $7)
  AND ($8::uuid IS NULL OR partner_id = $8)
  AND ($9::timestamptz IS NULL OR (placed_at, order_id) > ($9, $10::uuid))
ORDER BY placed_at, order_id
LIMIT $11

-- name: orders_dataset
-- The rows of the dataset `orders`, in the order in which they were placed; nulls leave a filter out. LIMIT 1 keeps the join one by key: for
-- a merchant that statistics do not know, the planner takes it for one row, and would look through all of its checkouts for each order.
SELECT
    o.order_id, $2::text AS giftcafe_vendornum, o.order_number, o.placed_at, o.recipient_first_name, o.recipient_last_name,
    o.recipient_email, coalesce(nullif(o.gift_description, ''), o.description) AS gift_description, o.to_message, o.from_message, o.message, o.currency, o.amount, o.tip, o.discount, o.tax,
    o.total, c.billing_first_name, c.billing_last_name, c.billing_email, c.billing_phone, c.billing_address, c.billing_address2,
    c.billing_city, c.billing_state, c.billing_zip, $8::text AS custom1, $9::text AS custom2, o.status, o.channel,
    o.class_of_value, o.good_through, o.issued_at, o.refcode, o.third_party_identifier, o.partner_id, o.certificate_id,
    o.checkout_id, o.tax_kind, o.tax_country, trim_scale(o.tax_rate)::text AS tax_rate, o.included_tax, c.utm_source, c.utm_medium, c.utm_campaign
FROM orders o
LEFT JOIN LATERAL (
    SELECT * FROM checkouts WHERE checkouts.merchant_id = o.merchant_id AND checkouts.checkout_id = o.checkout_id LIMIT 1
) AS c ON true
WHERE o.merchant_id = $1
  AND ($3::timestamptz IS NULL OR o.placed_at >= $3)
  AND ($4::timestamptz IS NULL OR o.placed_at < $4)
  AND ($5::text IS NULL OR o.status = $5)
  AND ($6::text IS NULL OR o.refcode = $6)
  AND ($7::uuid IS NULL OR o.partner_id = $7)
  AND (NOT $10::boolean OR o.issued_at IS NOT NULL)
  AND ($11::timestamptz IS NULL OR o.issued_at >= $11)
  AND ($12::timestamptz IS NULL OR o.issued_at < $12)
ORDER BY o.placed_at, o.order_id

-- name: erase_recipient
-- Take who a gift was for out of orders, with what was written to them; the money stays.
UPDATE orders SET recipient_first_name = '', recipient_last_name = '', recipient_email = '', to_message = '', message = ''
WHERE merchant_id = $1 AND lower(recipient_email) = $2 AND recipient_email <> ''
RETURNING order_id, certificate_id

-- name: erase_buyer
-- Take who paid out of checkouts; the money stays.
UPDATE checkouts
SET billing_first_name = '', billing_last_name = '', billing_email = '', billing_phone = '', billing_address = '', billing_address2 = '',
    billing_city = '', billing_state = '', billing_zip = '', billing_country = '', utm_source = '', utm_medium = '', utm_campaign = ''
WHERE merchant_id = $1 AND lower(billing_email) = $2
RETURNING checkout_id

-- name: erase_senders
-- Take what a buyer wrote out of the orders of their checkouts.
UPDATE orders SET from_message = '', message = ''
WHERE merchant_id = $1 AND checkout_id = ANY($2::uuid[])
RETURNING order_id, certificate_id
