"""Row format 1 of the journal in SQL, for migrations that write rows (docs/internals/row-format.md).

`FUNCTIONS` are made in the session of a migration. `pg_temp.chained(head, bytes)`, over a subject's rows in their
order, is the hash of each; `CANONICAL` the bytes of the row `r`. The format is frozen, and so is this.
"""

FUNCTIONS = r"""
CREATE OR REPLACE FUNCTION pg_temp.field(v uuid) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce('\x00000010'::bytea || uuid_send(v), '\xffffffff')
$$;
CREATE OR REPLACE FUNCTION pg_temp.field(v bigint) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce('\x00000008'::bytea || int8send(v), '\xffffffff')
$$;
CREATE OR REPLACE FUNCTION pg_temp.field(v text) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(int4send(octet_length(convert_to(v, 'UTF8'))) || convert_to(v, 'UTF8'), '\xffffffff')
$$;
CREATE OR REPLACE FUNCTION pg_temp.field(v bytea) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce(int4send(octet_length(v)) || v, '\xffffffff')
$$;
CREATE OR REPLACE FUNCTION pg_temp.field(v date) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce('\x0000000a'::bytea || convert_to(to_char(v, 'YYYY-MM-DD'), 'UTF8'), '\xffffffff')
$$;
CREATE OR REPLACE FUNCTION pg_temp.field(v timestamptz) RETURNS bytea LANGUAGE sql IMMUTABLE AS $$
    SELECT coalesce('\x00000008'::bytea || int8send((extract(epoch FROM v) * 1000000)::bigint), '\xffffffff')
$$;

CREATE OR REPLACE FUNCTION pg_temp.next_hash(before bytea, genesis bytea, row_bytes bytea) RETURNS bytea
    LANGUAGE sql IMMUTABLE AS 'SELECT sha256(coalesce($1, $2) || $3)';
CREATE OR REPLACE AGGREGATE pg_temp.chained(bytea, bytea) (SFUNC = pg_temp.next_hash, STYPE = bytea);
"""

CANONICAL = """
pg_temp.field(r.merchant_id) || pg_temp.field(r.subject_id) || pg_temp.field(r.subject_kind) ||
pg_temp.field(r.seq::bigint) || pg_temp.field(r.operation_id) || pg_temp.field(r.line::bigint) ||
pg_temp.field(r.kind) || pg_temp.field(r.leg) || pg_temp.field(r.currency) || pg_temp.field(r.debit) ||
pg_temp.field(r.credit) || pg_temp.field(r.amount) || pg_temp.field(r.held_change) ||
pg_temp.field(r.balance_after) || pg_temp.field(r.held_after) || pg_temp.field(r.gratuity_after) ||
pg_temp.field(r.gratuity_held_after) || pg_temp.field(r.status_after) || pg_temp.field(r.good_through_after)
|| pg_temp.field(r.expires_at_after) || pg_temp.field(r.hold_ends_at) || pg_temp.field(r.class_of_value) ||
pg_temp.field(r.offering_id) || pg_temp.field(r.partner_id) || pg_temp.field(r.refcode) ||
pg_temp.field(r.order_number) || pg_temp.field(r.tax_kind) || pg_temp.field(r.home_location_id) ||
pg_temp.field(r.lot_id) || pg_temp.field(r.lot_face_after) || pg_temp.field(r.lot_gratuity_after) ||
pg_temp.field(r.lot_discount_after) || pg_temp.field(r.lot_included_tax_after) ||
pg_temp.field(r.lot_added_tax_after) || pg_temp.field(r.books_sale) || pg_temp.field(r.legal_entity_id) ||
pg_temp.field(r.location_id) || pg_temp.field(r.device_id) || pg_temp.field(r.entry_mode) ||
pg_temp.field(r.party_id) || pg_temp.field(r.open_item_kind) || pg_temp.field(r.open_item_id) ||
pg_temp.field(r.tax_country) || pg_temp.field(r.tax_rate_ppm::bigint) || pg_temp.field(r.taxable_amount) ||
pg_temp.field(r.tax_amount) || pg_temp.field(r.tax_point) || pg_temp.field(r.refers_to) ||
pg_temp.field(r.reason) || pg_temp.field(r.actor) || pg_temp.field(r.fingerprint) ||
pg_temp.field(r.fingerprint_key) || pg_temp.field(r.memo_hash) || pg_temp.field(r.claimed_at) ||
pg_temp.field(r.effective_at) || pg_temp.field(r.recorded_at) || pg_temp.field(r.booked_on)
"""
