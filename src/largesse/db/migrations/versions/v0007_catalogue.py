"""The catalogue: offerings, pictures, promo codes, and the merchant's theme."""

from largesse.db.migrations.statements import run

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

_SQL = """
-- A picture as it was re-encoded here; its id follows from what was uploaded, so that uploading twice keeps one.
CREATE TABLE pictures (
    merchant_id uuid NOT NULL REFERENCES merchants,
    picture_id uuid NOT NULL,
    -- what somebody who cannot see it is told
    alt text NOT NULL CHECK (char_length(alt) <= 200),
    -- of the largest rendition, in pixels
    width integer NOT NULL CHECK (width > 0),
    height integer NOT NULL CHECK (height > 0),
    -- the format for those who do not read WebP: png where something is transparent
    fallback text NOT NULL CHECK (fallback IN ('jpeg', 'png')),
    -- narrow to wide
    widths integer[] NOT NULL CHECK (cardinality(widths) BETWEEN 1 AND 8),
    created_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, picture_id)
);

-- The bytes of a picture in one width and format. Never changed.
CREATE TABLE picture_renditions (
    merchant_id uuid NOT NULL,
    picture_id uuid NOT NULL,
    width integer NOT NULL CHECK (width > 0),
    format text NOT NULL CHECK (format IN ('webp', 'jpeg', 'png')),
    content bytea NOT NULL CHECK (octet_length(content) BETWEEN 1 AND 8388608),
    PRIMARY KEY (merchant_id, picture_id, width, format),
    FOREIGN KEY (merchant_id, picture_id) REFERENCES pictures
);

-- The picture is compressed already.
ALTER TABLE picture_renditions ALTER COLUMN content SET STORAGE EXTERNAL;

-- How a merchant's pages look, and what they say about it. No row: the installation's own look.
CREATE TABLE themes (
    merchant_id uuid NOT NULL REFERENCES merchants,
    accent text NOT NULL CHECK (accent ~ '^#[0-9a-f]{6}$'),
    logo_id uuid,
    about text NOT NULL DEFAULT '' CHECK (char_length(about) <= 2000),
    how_to_redeem text NOT NULL DEFAULT '' CHECK (char_length(how_to_redeem) <= 240),
    address text NOT NULL DEFAULT '' CHECK (char_length(address) <= 300),
    -- as E.164
    phone text NOT NULL DEFAULT '' CHECK (char_length(phone) <= 20),
    website text NOT NULL DEFAULT '' CHECK (char_length(website) <= 200),
    -- by language: what about and how_to_redeem are in it
    translations jsonb NOT NULL DEFAULT '{}',
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id),
    FOREIGN KEY (merchant_id, logo_id) REFERENCES pictures
);

-- What is on sale: an amount or a package.
CREATE TABLE offerings (
    merchant_id uuid NOT NULL REFERENCES merchants,
    offering_id uuid NOT NULL,
    -- its address under the merchant's page
    slug text NOT NULL CHECK (slug ~ '^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$'),
    -- amount: the buyer says how much; package: a thing at a fixed price
    kind text NOT NULL CHECK (kind IN ('amount', 'package')),
    -- active: shown and sold when its time is; hidden: neither
    status text NOT NULL CHECK (status IN ('active', 'hidden')),
    title text NOT NULL CHECK (char_length(title) BETWEEN 1 AND 80),
    description text NOT NULL DEFAULT '' CHECK (char_length(description) <= 2000),
    terms text NOT NULL DEFAULT '' CHECK (char_length(terms) <= 600),
    -- by language: what title, description and terms are in it
    translations jsonb NOT NULL DEFAULT '{}',
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    -- an amount: what is proposed, and between what limits another may be chosen
    presets bigint[] NOT NULL DEFAULT '{}' CHECK (cardinality(presets) <= 12),
    amount_min bigint CHECK (amount_min > 0),
    amount_max bigint CHECK (amount_max >= amount_min),
    -- a package: what it costs, and what its certificate is worth
    price bigint CHECK (price > 0),
    -- 0.0825 is 8.25 %
    tax_rate numeric(7, 6) NOT NULL DEFAULT 0 CHECK (tax_rate BETWEEN 0 AND 1),
    -- gratuity that may be included: per cent of the amount to choose from, and the most that may be typed, if any
    tip_percents numeric(5, 2)[] NOT NULL DEFAULT '{}' CHECK (cardinality(tip_percents) <= 8),
    tip_max bigint CHECK (tip_max > 0),
    -- from the day of issue; neither: for ever
    validity_months integer CHECK (validity_months BETWEEN 1 AND 1200),
    validity_days integer CHECK (validity_days BETWEEN 1 AND 36525),
    -- on sale from, and until before
    available_from timestamptz,
    available_until timestamptz CHECK (available_until > available_from),
    -- how many may be sold, and how many are sold or wait to be paid for; counted only while there is a limit
    stock integer CHECK (stock >= 0),
    taken integer NOT NULL DEFAULT 0 CHECK (taken >= 0),
    sort integer NOT NULL DEFAULT 0,
    -- designs of the certificate that fit it; none: all
    designs text[] NOT NULL DEFAULT '{}',
    picture_id uuid,
    -- buy at least the threshold, get the bonus as a promotional certificate of its own
    bonus_threshold bigint CHECK (bonus_threshold > 0),
    bonus_amount bigint CHECK (bonus_amount > 0),
    bonus_percent numeric(5, 2) CHECK (bonus_percent > 0 AND bonus_percent <= 100),
    bonus_validity_months integer CHECK (bonus_validity_months BETWEEN 1 AND 1200),
    bonus_validity_days integer CHECK (bonus_validity_days BETWEEN 1 AND 36525),
    -- counts changes, so that a page that shows an older one is noticed
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, offering_id),
    UNIQUE (merchant_id, slug),
    FOREIGN KEY (merchant_id, picture_id) REFERENCES pictures,
    CHECK ((kind = 'package') = (price IS NOT NULL)),
    CHECK (kind = 'package' OR cardinality(presets) > 0 OR amount_min IS NOT NULL),
    CHECK ((amount_min IS NULL) = (amount_max IS NULL)),
    CHECK (validity_months IS NULL OR validity_days IS NULL),
    CHECK (bonus_validity_months IS NULL OR bonus_validity_days IS NULL),
    CHECK ((bonus_threshold IS NULL AND bonus_amount IS NULL AND bonus_percent IS NULL)
        OR (bonus_threshold IS NOT NULL AND (bonus_amount IS NULL) <> (bonus_percent IS NULL)))
);

-- A code that lets a buyer off part of the charge. It never lowers what a certificate is worth.
CREATE TABLE promo_codes (
    merchant_id uuid NOT NULL REFERENCES merchants,
    promo_id uuid NOT NULL,
    code text NOT NULL CHECK (char_length(code) BETWEEN 3 AND 30),
    -- the code as it is compared
    code_folded text NOT NULL CHECK (char_length(code_folded) BETWEEN 3 AND 30),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    -- either per cent of each gift it holds for, or one sum for the checkout
    percent numeric(5, 2) CHECK (percent > 0 AND percent <= 100),
    amount bigint CHECK (amount > 0),
    -- good from, and until before
    starts_at timestamptz,
    ends_at timestamptz CHECK (ends_at > starts_at),
    -- a use is one checkout
    uses_max integer CHECK (uses_max > 0),
    uses_per_buyer_max integer CHECK (uses_per_buyer_max > 0),
    uses integer NOT NULL DEFAULT 0 CHECK (uses >= 0),
    -- the least sum of the gifts it holds for
    amount_min bigint NOT NULL DEFAULT 0 CHECK (amount_min >= 0),
    -- the offerings it holds for; none: all
    offering_ids uuid[] NOT NULL DEFAULT '{}',
    stopped_at timestamptz,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, promo_id),
    UNIQUE (merchant_id, code_folded),
    CHECK ((percent IS NULL) <> (amount IS NULL))
);

-- What a checkout that waits or is paid has used of a code; deleted when it is given up.
CREATE TABLE promo_uses (
    merchant_id uuid NOT NULL,
    promo_id uuid NOT NULL,
    checkout_id uuid NOT NULL,
    -- the buyer's address as it is compared
    buyer text NOT NULL CHECK (char_length(buyer) BETWEEN 1 AND 254),
    discount bigint NOT NULL CHECK (discount >= 0),
    used_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, checkout_id),
    FOREIGN KEY (merchant_id, promo_id) REFERENCES promo_codes
);

CREATE INDEX promo_uses_of_buyer ON promo_uses (merchant_id, promo_id, buyer);

-- What a checkout that waits or is paid has taken of an offering whose stock is limited; deleted when it is given up.
CREATE TABLE stock_reservations (
    merchant_id uuid NOT NULL,
    checkout_id uuid NOT NULL,
    offering_id uuid NOT NULL,
    quantity integer NOT NULL CHECK (quantity > 0),
    reserved_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, checkout_id, offering_id),
    FOREIGN KEY (merchant_id, offering_id) REFERENCES offerings
);
"""


def upgrade() -> None:
    """Create the tables."""
    run(_SQL)
