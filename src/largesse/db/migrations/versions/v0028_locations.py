"""Legal entities and locations: every merchant has one of each from its creation."""

from largesse.db.migrations.statements import run

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_SQL = """
-- Who a merchant is before the law: the seller that a buyer contracts with, and whose books a row stands in.
CREATE TABLE legal_entities (
    merchant_id uuid NOT NULL REFERENCES merchants,
    entity_id uuid NOT NULL,
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 120),
    -- as the law of its country writes it: GmbH, Ltd, LLC
    legal_form text NOT NULL DEFAULT '' CHECK (char_length(legal_form) <= 60),
    address text NOT NULL DEFAULT '' CHECK (char_length(address) <= 120),
    address2 text NOT NULL DEFAULT '' CHECK (char_length(address2) <= 120),
    city text NOT NULL DEFAULT '' CHECK (char_length(city) <= 80),
    state text NOT NULL DEFAULT '' CHECK (char_length(state) <= 60),
    zip text NOT NULL DEFAULT '' CHECK (char_length(zip) <= 20),
    country text NOT NULL DEFAULT '' CHECK (char_length(country) IN (0, 2)),
    -- where and under which number it is registered
    register text NOT NULL DEFAULT '' CHECK (char_length(register) <= 120),
    vat_id text NOT NULL DEFAULT '' CHECK (char_length(vat_id) <= 40),
    tax_id text NOT NULL DEFAULT '' CHECK (char_length(tax_id) <= 40),
    -- in full, as E.164
    phone text NOT NULL DEFAULT '' CHECK (char_length(phone) <= 20),
    -- what its books are summed up in
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    is_default boolean NOT NULL,
    created_at timestamptz NOT NULL,
    archived_at timestamptz,
    PRIMARY KEY (merchant_id, entity_id),
    CONSTRAINT legal_entities_default_stands CHECK (NOT is_default OR archived_at IS NULL)
);

CREATE UNIQUE INDEX legal_entities_name ON legal_entities (merchant_id, lower(name));

CREATE UNIQUE INDEX legal_entities_default ON legal_entities (merchant_id) WHERE is_default;

-- Where a merchant sells and redeems: a shop, a restaurant, its web shop.
CREATE TABLE locations (
    merchant_id uuid NOT NULL,
    location_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    code text NOT NULL CHECK (code ~ '^[A-Z0-9]([A-Z0-9-]{0,6}[A-Z0-9])?$'),
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 120),
    address text NOT NULL DEFAULT '' CHECK (char_length(address) <= 120),
    address2 text NOT NULL DEFAULT '' CHECK (char_length(address2) <= 120),
    city text NOT NULL DEFAULT '' CHECK (char_length(city) <= 80),
    state text NOT NULL DEFAULT '' CHECK (char_length(state) <= 60),
    zip text NOT NULL DEFAULT '' CHECK (char_length(zip) <= 20),
    -- empty: that of its legal entity
    country text NOT NULL DEFAULT '' CHECK (char_length(country) IN (0, 2)),
    -- null: the merchant's
    time_zone text,
    -- the hour at which its business day begins
    cut_off_hour smallint NOT NULL CHECK (cut_off_hour BETWEEN 0 AND 23),
    -- largesse: redeeming is the sale; till: the merchant's own till rings it up
    books_sale text NOT NULL CHECK (books_sale IN ('largesse', 'till')),
    -- the rate that counts where a redemption names none; a fraction: 0.19 for 19 %
    default_rate_name text CHECK (char_length(default_rate_name) BETWEEN 1 AND 40),
    default_rate numeric(7, 6) CHECK (default_rate BETWEEN 0 AND 1),
    takes_money boolean NOT NULL,
    is_default boolean NOT NULL,
    created_at timestamptz NOT NULL,
    -- since when it is closed
    archived_at timestamptz,
    PRIMARY KEY (merchant_id, location_id),
    FOREIGN KEY (merchant_id, entity_id) REFERENCES legal_entities,
    UNIQUE (merchant_id, code),
    CONSTRAINT locations_default_rate CHECK ((default_rate_name IS NULL) = (default_rate IS NULL)),
    CONSTRAINT locations_default_stands CHECK (NOT is_default OR archived_at IS NULL)
);

CREATE UNIQUE INDEX locations_default ON locations (merchant_id) WHERE is_default;

CREATE INDEX locations_entity ON locations (merchant_id, entity_id);

-- The ids are UUIDv7 of the moment at which the merchant came.
INSERT INTO legal_entities (merchant_id, entity_id, name, currency, is_default, created_at)
SELECT merchant_id, encode(set_byte(
        substring(int8send((extract(epoch FROM created_at) * 1000)::bigint) FROM 3)
        || substring(uuid_send(gen_random_uuid()) FROM 7), 6, 112), 'hex')::uuid, name, currency, true, created_at
FROM merchants;

INSERT INTO locations (merchant_id, location_id, entity_id, code, name, cut_off_hour, books_sale, takes_money,
    is_default, created_at)
SELECT merchant_id, encode(set_byte(
        substring(int8send((extract(epoch FROM created_at) * 1000)::bigint) FROM 3)
        || substring(uuid_send(gen_random_uuid()) FROM 7), 6, 112), 'hex')::uuid,
    entity_id, 'MAIN', name, 0, 'largesse', true, true, created_at
FROM legal_entities;
"""


def upgrade() -> None:
    """Create the tables, and one row in each for every merchant there is."""
    run(_SQL)
