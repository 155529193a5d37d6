"""The journal speaks of subjects, tells where and when, and is chained: existing rows are turned and hashed here.

It runs with the service closed, since nothing of before could write what is asked for from now on. Rows of before took
effect when they were recorded, on that calendar day of their merchant, at its default location; their memos move into a
table of their own, and their fingerprints stay as they are, without a key.
"""

from largesse.db.migrations.statements import require_closed_service, run

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_SQL = r"""
-- The books of a merchant: how far they are sealed, from when on they are open, and where everything happens in them
-- that names no location. Whoever posts locks the row FOR SHARE first; sealing and closing update it.
CREATE TABLE books (
    merchant_id uuid NOT NULL,
    -- everything that was recorded up to here is sealed
    sealed_through timestamptz,
    -- the first moment that no close has taken
    open_from timestamptz,
    location_id uuid NOT NULL,
    legal_entity_id uuid NOT NULL,
    country text NOT NULL,
    time_zone text NOT NULL,
    cut_off_hour smallint NOT NULL CHECK (cut_off_hour BETWEEN 0 AND 23),
    books_sale text NOT NULL CHECK (books_sale IN ('largesse', 'till')),
    default_rate_name text,
    default_rate numeric(7, 6),
    PRIMARY KEY (merchant_id),
    CHECK ((default_rate_name IS NULL) = (default_rate IS NULL))
);

INSERT INTO books (merchant_id, location_id, legal_entity_id, country, time_zone, cut_off_hour, books_sale,
    default_rate_name, default_rate)
SELECT l.merchant_id, l.location_id, l.entity_id, coalesce(nullif(l.country, ''), e.country),
    coalesce(l.time_zone, m.time_zone), l.cut_off_hour, l.books_sale, l.default_rate_name, l.default_rate
FROM locations l
JOIN legal_entities e USING (merchant_id, entity_id)
JOIN merchants m USING (merchant_id)
WHERE l.is_default;

-- What was said beside an operation: free text, which may be erased while the chain still verifies. A row of the
-- journal keeps SHA-256(salt, memo).
CREATE TABLE journal_memos (
    merchant_id uuid NOT NULL,
    operation_id uuid NOT NULL,
    -- that of the rows it was said beside: the commands of a bundle may say different things
    memo_hash bytea NOT NULL CHECK (octet_length(memo_hash) = 32),
    -- null: erased
    salt bytea CHECK (octet_length(salt) = 16),
    memo text CHECK (char_length(memo) <= 500),
    PRIMARY KEY (merchant_id, operation_id, memo_hash),
    CHECK ((salt IS NULL) = (memo IS NULL))
);

INSERT INTO journal_memos (merchant_id, operation_id, memo_hash, salt, memo)
SELECT merchant_id, operation_id, sha256(salt || convert_to(memo, 'UTF8')), salt, memo
FROM (SELECT DISTINCT ON (merchant_id, operation_id) merchant_id, operation_id, memo,
    uuid_send(gen_random_uuid()) AS salt FROM journal
    WHERE memo IS NOT NULL ORDER BY merchant_id, operation_id, leg) AS said;

ALTER TABLE journal DISABLE TRIGGER journal_is_append_only;
ALTER TABLE journal DROP CONSTRAINT journal_merchant_id_certificate_id_fkey;
ALTER TABLE journal RENAME COLUMN certificate_id TO subject_id;
ALTER TABLE journal RENAME COLUMN leg TO line;
ALTER TABLE journal RENAME COLUMN pot TO leg;
ALTER TABLE journal DROP CONSTRAINT journal_pot_check;
ALTER TABLE journal DROP CONSTRAINT journal_kind_check;
DROP INDEX journal_reversed_once, journal_reinstated_once;
ALTER TABLE journal
    -- whose row it is: a certificate's, or that of a holder of other accounts
    ADD COLUMN subject_kind text NOT NULL DEFAULT 'certificate',
    -- when a hold ends
    ADD COLUMN hold_ends_at timestamptz,
    -- what the row sets once for its subject
    ADD COLUMN class_of_value text,
    ADD COLUMN offering_id uuid,
    ADD COLUMN partner_id uuid,
    ADD COLUMN refcode text,
    ADD COLUMN order_number text,
    ADD COLUMN tax_kind text,
    ADD COLUMN home_location_id uuid,
    -- the lot that the row moves, and what is left of it after the row
    ADD COLUMN lot_id uuid,
    ADD COLUMN lot_face_after bigint,
    ADD COLUMN lot_gratuity_after bigint,
    ADD COLUMN lot_discount_after bigint,
    ADD COLUMN lot_included_tax_after bigint,
    ADD COLUMN lot_added_tax_after bigint,
    -- who books the sale there, in whose books the row stands, and where it happened
    ADD COLUMN books_sale text,
    ADD COLUMN legal_entity_id uuid,
    ADD COLUMN location_id uuid,
    ADD COLUMN device_id uuid,
    -- how the number came in
    ADD COLUMN entry_mode text,
    -- the partner whose balance the row moves
    ADD COLUMN party_id uuid,
    -- the open item of a clearing account that the row opens or closes
    ADD COLUMN open_item_kind text,
    ADD COLUMN open_item_id uuid,
    -- of rows that touch tax; the rate in millionths
    ADD COLUMN tax_country text,
    ADD COLUMN tax_rate_ppm integer,
    ADD COLUMN taxable_amount bigint,
    ADD COLUMN tax_amount bigint,
    ADD COLUMN tax_point date,
    ADD COLUMN reason text,
    -- the key that the fingerprint was made with; null: from before there was one
    ADD COLUMN fingerprint_key text,
    ADD COLUMN memo_hash bytea,
    -- when the caller said that it happened
    ADD COLUMN claimed_at timestamptz,
    -- when it counts as having happened; never before the row before it
    ADD COLUMN effective_at timestamptz,
    -- the business day of its location then
    ADD COLUMN booked_on date,
    -- SHA-256 of the hash of the subject's row before and of this row, as row format `hash_format` writes it
    ADD COLUMN hash_format smallint,
    ADD COLUMN hash bytea;

-- Of each certificate of before, everything is one lot: who paid for what of it was not kept apart.
ALTER TABLE certificates ADD COLUMN lots jsonb NOT NULL DEFAULT '[]';

CREATE TEMPORARY TABLE stood ON COMMIT DROP AS
SELECT
    c.merchant_id, c.certificate_id, c.balance, c.gratuity_balance, c.seq, c.funding, c.order_number, c.issued_at,
    coalesce(o.tax_kind, 'none') AS tax_kind, o.tax_rate,
    coalesce(moved.filled, 0) AS filled,
    -- what is left of discount and added tax goes with what is left of all that it was filled with
    CASE WHEN coalesce(moved.filled, 0) = 0 THEN 0
        ELSE round(least(moved.discount * c.balance / moved.filled, c.balance)) END::bigint AS discount,
    CASE WHEN coalesce(moved.filled, 0) = 0 THEN 0
        ELSE round(moved.added_tax * c.balance / moved.filled) END::bigint AS added_tax
FROM certificates c
LEFT JOIN orders o ON o.merchant_id = c.merchant_id AND o.order_number = c.order_number
LEFT JOIN LATERAL (
    SELECT
        sum(j.amount) FILTER (WHERE j.leg = 'value') AS filled,
        coalesce(sum(j.amount) FILTER (WHERE j.leg = 'value' AND j.debit = 'discounts'), 0) AS discount,
        coalesce(sum(j.amount) FILTER (WHERE j.credit = 'tax_payable'), 0) AS added_tax
    FROM journal j
    WHERE j.merchant_id = c.merchant_id AND j.subject_id = c.certificate_id AND j.kind IN ('issue', 'reload')
) AS moved ON true;

UPDATE certificates c
SET lots = jsonb_build_array(jsonb_strip_nulls(jsonb_build_object(
    'lot_id', c.certificate_id, 'source', s.funding, 'face', s.balance, 'gratuity', s.gratuity_balance,
    'discount', s.discount, 'added_tax', s.added_tax, 'order_number', s.order_number, 'first_issued_at', s.issued_at,
    'treatment', CASE WHEN s.tax_kind <> 'none' THEN
        jsonb_build_object('kind', s.tax_kind, 'rate', coalesce(s.tax_rate, 0)::text) END
)))
FROM stood s
WHERE (s.merchant_id, s.certificate_id) = (c.merchant_id, c.certificate_id);

INSERT INTO journal (merchant_id, subject_id, subject_kind, seq, operation_id, line, kind, leg, currency, debit, credit,
    amount, held_change, balance_after, held_after, gratuity_after, gratuity_held_after, status_after,
    good_through_after, expires_at_after, lot_discount_after, lot_added_tax_after, actor, fingerprint, recorded_at)
SELECT c.merchant_id, c.certificate_id, 'certificate', c.seq + 1, gen_random_uuid(), 0, 'convert',
    CASE WHEN s.discount > 0 THEN 'discount' END, c.currency,
    CASE WHEN s.discount > 0 THEN 'discount_on_outstanding' END, CASE WHEN s.discount > 0 THEN 'discounts' END,
    nullif(s.discount, 0), 0, c.balance, c.held, c.gratuity_balance, c.gratuity_held, c.status, c.good_through,
    c.expires_at, s.discount, s.added_tax, 'migration:0037', decode(repeat('00', 16), 'hex'), now()
FROM certificates c
JOIN stood s USING (merchant_id, certificate_id)
WHERE s.discount > 0 OR s.added_tax > 0;

UPDATE certificates c SET seq = c.seq + 1
FROM stood s
WHERE (s.merchant_id, s.certificate_id) = (c.merchant_id, c.certificate_id) AND (s.discount > 0 OR s.added_tax > 0);

-- A row of the version before may be older than the row before it, where clocks went back: it is taken to be as old.
UPDATE journal j
SET
    leg = CASE WHEN j.leg IS NULL AND 'tax_payable' IN (j.debit, j.credit) THEN 'added_tax' ELSE j.leg END,
    memo_hash = told.memo_hash,
    recorded_at = told.latest,
    effective_at = told.latest,
    booked_on = (told.latest AT TIME ZONE told.time_zone)::date,
    books_sale = told.books_sale,
    legal_entity_id = told.legal_entity_id,
    location_id = told.location_id,
    lot_id = CASE WHEN told.moves_lot THEN j.subject_id END,
    lot_face_after = CASE WHEN told.moves_lot THEN j.balance_after END,
    lot_gratuity_after = CASE WHEN told.moves_lot THEN j.gratuity_after END,
    lot_discount_after = CASE WHEN told.moves_lot THEN coalesce(j.lot_discount_after, 0) END,
    lot_included_tax_after = CASE WHEN told.moves_lot THEN 0 END,
    lot_added_tax_after = CASE WHEN told.moves_lot THEN coalesce(j.lot_added_tax_after, told.added_tax) END,
    class_of_value = CASE WHEN told.first THEN told.class_of_value END,
    order_number = CASE WHEN told.first THEN told.order_number END
FROM (
    SELECT
        r.merchant_id, r.subject_id, r.seq, b.time_zone, b.books_sale, b.legal_entity_id, b.location_id,
        c.class_of_value, c.order_number, r.seq = 1 AS first,
        m.memo_hash,
        r.kind = 'convert' OR r.kind IN ('issue', 'reload', 'redeem', 'capture', 'refund', 'reverse', 'adjust', 'void',
            'expire', 'reinstate', 'transfer') AND r.amount IS NOT NULL AND r.leg IS NOT NULL AS moves_lot,
        0 AS added_tax,
        max(r.recorded_at) OVER (PARTITION BY r.merchant_id, r.subject_id ORDER BY r.seq) AS latest
    FROM journal r
    JOIN books b ON b.merchant_id = r.merchant_id
    JOIN certificates c ON c.merchant_id = r.merchant_id AND c.certificate_id = r.subject_id
    LEFT JOIN journal_memos m ON m.merchant_id = r.merchant_id AND m.operation_id = r.operation_id
        AND m.memo = r.memo
) AS told
WHERE (j.merchant_id, j.subject_id, j.seq) = (told.merchant_id, told.subject_id, told.seq);

-- Row format 1 (docs/internals/row-format.md): the length of a field's bytes, and these.
CREATE FUNCTION pg_temp.field(v uuid) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce('\x00000010'::bytea || uuid_send(v), '\xffffffff')
$$;
CREATE FUNCTION pg_temp.field(v bigint) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce('\x00000008'::bytea || int8send(v), '\xffffffff')
$$;
CREATE FUNCTION pg_temp.field(v text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(int4send(octet_length(convert_to(v, 'UTF8'))) || convert_to(v, 'UTF8'), '\xffffffff')
$$;
CREATE FUNCTION pg_temp.field(v bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(int4send(octet_length(v)) || v, '\xffffffff')
$$;
CREATE FUNCTION pg_temp.field(v date) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce('\x0000000a'::bytea || convert_to(to_char(v, 'YYYY-MM-DD'), 'UTF8'), '\xffffffff')
$$;
CREATE FUNCTION pg_temp.field(v timestamptz) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce('\x00000008'::bytea || int8send((extract(epoch FROM v) * 1000000)::bigint), '\xffffffff')
$$;

CREATE FUNCTION pg_temp.next_hash(before bytea, genesis bytea, row_bytes bytea) RETURNS bytea
    LANGUAGE sql IMMUTABLE AS 'SELECT sha256(coalesce($1, $2) || $3)';
CREATE AGGREGATE pg_temp.chained(bytea, bytea) (SFUNC = pg_temp.next_hash, STYPE = bytea);

UPDATE journal j
SET hash_format = 1, hash = linked.hash
FROM (
    SELECT
        merchant_id, subject_id, seq,
        pg_temp.chained(
            sha256(convert_to('largesse/journal', 'UTF8') || uuid_send(merchant_id) || uuid_send(subject_id)),
            pg_temp.field(merchant_id) || pg_temp.field(subject_id) || pg_temp.field(subject_kind) ||
            pg_temp.field(seq::bigint) || pg_temp.field(operation_id) || pg_temp.field(line::bigint) ||
            pg_temp.field(kind) || pg_temp.field(leg) || pg_temp.field(currency) || pg_temp.field(debit) ||
            pg_temp.field(credit) || pg_temp.field(amount) || pg_temp.field(held_change) ||
            pg_temp.field(balance_after) || pg_temp.field(held_after) || pg_temp.field(gratuity_after) ||
            pg_temp.field(gratuity_held_after) || pg_temp.field(status_after) || pg_temp.field(good_through_after)
            || pg_temp.field(expires_at_after) || pg_temp.field(hold_ends_at) || pg_temp.field(class_of_value) ||
            pg_temp.field(offering_id) || pg_temp.field(partner_id) || pg_temp.field(refcode) ||
            pg_temp.field(order_number) || pg_temp.field(tax_kind) || pg_temp.field(home_location_id) ||
            pg_temp.field(lot_id) || pg_temp.field(lot_face_after) || pg_temp.field(lot_gratuity_after) ||
            pg_temp.field(lot_discount_after) || pg_temp.field(lot_included_tax_after) ||
            pg_temp.field(lot_added_tax_after) || pg_temp.field(books_sale) || pg_temp.field(legal_entity_id) ||
            pg_temp.field(location_id) || pg_temp.field(device_id) || pg_temp.field(entry_mode) ||
            pg_temp.field(party_id) || pg_temp.field(open_item_kind) || pg_temp.field(open_item_id) ||
            pg_temp.field(tax_country) || pg_temp.field(tax_rate_ppm::bigint) || pg_temp.field(taxable_amount) ||
            pg_temp.field(tax_amount) || pg_temp.field(tax_point) || pg_temp.field(refers_to) ||
            pg_temp.field(reason) || pg_temp.field(actor) || pg_temp.field(fingerprint) ||
            pg_temp.field(fingerprint_key) || pg_temp.field(memo_hash) || pg_temp.field(claimed_at) ||
            pg_temp.field(effective_at) || pg_temp.field(recorded_at) || pg_temp.field(booked_on)
        ) OVER (PARTITION BY merchant_id, subject_id ORDER BY seq) AS hash
    FROM journal
) AS linked
WHERE (j.merchant_id, j.subject_id, j.seq) = (linked.merchant_id, linked.subject_id, linked.seq);

ALTER TABLE certificates
    -- the hash and the times of its last journal row
    ADD COLUMN head bytea,
    ADD COLUMN effective_at timestamptz,
    ADD COLUMN recorded_at timestamptz;

UPDATE certificates c
SET head = j.hash, effective_at = j.effective_at, recorded_at = j.recorded_at
FROM journal j
WHERE (j.merchant_id, j.subject_id, j.seq) = (c.merchant_id, c.certificate_id, c.seq);

ALTER TABLE certificates
    ALTER COLUMN head SET NOT NULL,
    ALTER COLUMN effective_at SET NOT NULL,
    ALTER COLUMN recorded_at SET NOT NULL,
    ADD CONSTRAINT certificates_head CHECK (octet_length(head) = 32);

ALTER TABLE journal
    DROP COLUMN memo,
    ALTER COLUMN subject_kind DROP DEFAULT,
    ALTER COLUMN effective_at SET NOT NULL,
    ALTER COLUMN booked_on SET NOT NULL,
    ALTER COLUMN location_id SET NOT NULL,
    ALTER COLUMN legal_entity_id SET NOT NULL,
    ALTER COLUMN books_sale SET NOT NULL,
    ALTER COLUMN hash_format SET NOT NULL,
    ALTER COLUMN hash SET NOT NULL,
    ADD CONSTRAINT journal_subject_kind CHECK (subject_kind IN
        ('certificate', 'partner', 'bank_account', 'gateway_account', 'till_drawer', 'location', 'merchant')),
    ADD CONSTRAINT journal_leg CHECK (leg IN
        ('value', 'gratuity', 'discount', 'included_tax', 'added_tax', 'tax_due')),
    ADD CONSTRAINT journal_kind CHECK (kind IN ('issue', 'reload', 'redeem', 'hold', 'capture', 'release', 'refund',
        'reverse', 'adjust', 'block', 'unblock', 'void', 'expire', 'reinstate', 'extend', 'transfer', 'settle',
        'convert')),
    ADD CONSTRAINT journal_books_sale CHECK (books_sale IN ('largesse', 'till')),
    ADD CONSTRAINT journal_hash CHECK (octet_length(hash) = 32),
    ADD CONSTRAINT journal_words CHECK (char_length(refcode) <= 60 AND char_length(order_number) <= 13
        AND char_length(reason) <= 40 AND char_length(entry_mode) <= 20 AND char_length(open_item_kind) <= 40
        AND char_length(tax_country) = 2 AND char_length(tax_kind) <= 20 AND char_length(fingerprint_key) <= 20
        AND octet_length(memo_hash) = 32);

ALTER TABLE journal ENABLE TRIGGER journal_is_append_only;

-- A redemption is undone once, and so is an expiry.
CREATE UNIQUE INDEX journal_reversed_once ON journal (merchant_id, refers_to, line) WHERE kind = 'reverse';
CREATE UNIQUE INDEX journal_reinstated_once ON journal (merchant_id, refers_to, line) WHERE kind = 'reinstate';

-- What a seal adds to the one before, and what exports go through.
CREATE INDEX journal_recorded ON journal (merchant_id, recorded_at);
"""


def upgrade() -> None:
    """Turn the journal."""
    require_closed_service()
    run(_SQL)
