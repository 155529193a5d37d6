"""What a checkout asks of its buyer, who bought on account, and the merchant's own wording of gifts."""

from largesse.db.migrations.statements import run

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE merchants
    -- what is asked of a buyer: no; ask: it may be left empty; require
    ADD COLUMN ask_phone text NOT NULL DEFAULT 'ask' CHECK (ask_phone IN ('no', 'ask', 'require')),
    ADD COLUMN ask_address text NOT NULL DEFAULT 'no' CHECK (ask_address IN ('no', 'ask', 'require')),
    -- the language of its own words: titles, and what receivers are told
    ADD COLUMN language text NOT NULL DEFAULT 'en' CHECK (char_length(language) BETWEEN 2 AND 10);

ALTER TABLE partners
    -- in full, as E.164
    ADD COLUMN phone text NOT NULL DEFAULT '' CHECK (char_length(phone) <= 20),
    ADD COLUMN address text NOT NULL DEFAULT '' CHECK (char_length(address) <= 120),
    ADD COLUMN address2 text NOT NULL DEFAULT '' CHECK (char_length(address2) <= 120),
    ADD COLUMN city text NOT NULL DEFAULT '' CHECK (char_length(city) <= 80),
    ADD COLUMN state text NOT NULL DEFAULT '' CHECK (char_length(state) <= 60),
    ADD COLUMN zip text NOT NULL DEFAULT '' CHECK (char_length(zip) <= 20),
    ADD COLUMN country text NOT NULL DEFAULT '' CHECK (char_length(country) IN (0, 2));

ALTER TABLE offerings
    -- what receivers and exports call it, in every language; empty: made from the title
    ADD COLUMN gift_description text NOT NULL DEFAULT '' CHECK (char_length(gift_description) <= 120),
    ADD COLUMN bonus_gift_description text NOT NULL DEFAULT '' CHECK (char_length(bonus_gift_description) <= 120);

ALTER TABLE orders
    -- what receivers and exports call the gift; description is what its own readers are shown. Empty: the same
    ADD COLUMN gift_description text NOT NULL DEFAULT '' CHECK (char_length(gift_description) <= 120);
"""


def upgrade() -> None:
    """Add the columns."""
    run(_SQL)
