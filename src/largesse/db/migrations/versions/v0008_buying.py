"""Buying: what a retail order and its checkout know besides, and the drafts of those who have not paid yet."""

from largesse.db.migrations.statements import run

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_SQL = """
-- What is sold in it, how the certificate looks and in which language, and how and when it reaches who it is for.
ALTER TABLE orders
    ADD COLUMN offering_id uuid,
    ADD COLUMN design text NOT NULL DEFAULT '' CHECK (char_length(design) <= 20),
    ADD COLUMN locale text NOT NULL DEFAULT 'en' CHECK (char_length(locale) BETWEEN 2 AND 10),
    -- email: to the recipient, at deliver_at or at once; print: the buyer prints it; '': nothing is delivered for it
    ADD COLUMN delivery text NOT NULL DEFAULT '' CHECK (delivery IN ('', 'email', 'print')),
    ADD COLUMN deliver_at timestamptz,
    ADD COLUMN promo_code text NOT NULL DEFAULT '' CHECK (char_length(promo_code) <= 30),
    -- a promotional certificate that came with the order of this number
    ADD COLUMN bonus_of uuid,
    ADD CONSTRAINT deliver_at_is_of_email CHECK (deliver_at IS NULL OR delivery = 'email');

-- What the buyer reads, and the way to pay that was chosen.
ALTER TABLE checkouts
    ADD COLUMN locale text NOT NULL DEFAULT 'en' CHECK (char_length(locale) BETWEEN 2 AND 10),
    ADD COLUMN gateway text NOT NULL DEFAULT '' CHECK (char_length(gateway) <= 20);

-- What somebody has put together and not paid yet. The browser holds a token, we its digest.
CREATE TABLE drafts (
    merchant_id uuid NOT NULL REFERENCES merchants,
    draft_id uuid NOT NULL,
    token_digest bytea NOT NULL CHECK (octet_length(token_digest) = 32),
    -- the gifts, the buyer's details and what is half written, as typed: see domain/drafts/model.py
    content jsonb NOT NULL CHECK (octet_length(content::text) <= 262144),
    -- the checkout it was last placed as, and how often it has been placed
    checkout_id uuid,
    placings integer NOT NULL DEFAULT 0 CHECK (placings >= 0),
    created_at timestamptz NOT NULL,
    touched_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, draft_id),
    UNIQUE (merchant_id, token_digest),
    FOREIGN KEY (merchant_id, checkout_id) REFERENCES checkouts
);

CREATE INDEX drafts_by_touch ON drafts (touched_at);
"""


def upgrade() -> None:
    """Add the columns and create the table."""
    run(_SQL)
