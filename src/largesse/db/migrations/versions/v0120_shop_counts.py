"""Sums of what happens in shops, by day; and the campaign that an order came from."""

from largesse.db.migrations.statements import run

revision = "0120"
down_revision = "0119"
branch_labels = None
depends_on = None

_SQL = """
-- Sums alone: nothing of who it was, or in which order. The day is the merchant's.
CREATE TABLE shop_counts (
    merchant_id uuid NOT NULL REFERENCES merchants,
    counted_on date NOT NULL,
    -- all zeros for the page of the shop itself
    offering_id uuid NOT NULL,
    language text NOT NULL CHECK (char_length(language) <= 8),
    -- '*' three times: all that are not told apart
    utm_source text NOT NULL CHECK (char_length(utm_source) <= 64),
    utm_medium text NOT NULL CHECK (char_length(utm_medium) <= 64),
    utm_campaign text NOT NULL CHECK (char_length(utm_campaign) <= 64),
    shown bigint NOT NULL,
    begun bigint NOT NULL,
    placed bigint NOT NULL,
    PRIMARY KEY (merchant_id, counted_on, offering_id, language, utm_source, utm_medium, utm_campaign)
);

ALTER TABLE checkouts
    ADD COLUMN utm_source text NOT NULL DEFAULT '',
    ADD COLUMN utm_medium text NOT NULL DEFAULT '',
    ADD COLUMN utm_campaign text NOT NULL DEFAULT '';
"""


def upgrade() -> None:
    """Create the table, and add the columns."""
    run(_SQL)
