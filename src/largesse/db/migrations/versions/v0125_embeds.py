"""Which web sites may show a merchant's gift form, and which gifts were handed over from there."""

from largesse.db.migrations.statements import run

revision = "0125"
down_revision = "0124"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE embed_origins (
    merchant_id uuid NOT NULL REFERENCES merchants,
    -- scheme, host and port, as browsers write an origin
    origin text NOT NULL CHECK (char_length(origin) <= 280),
    added_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, origin)
);

-- tokens that were spent, until they would have ended by themselves; nothing of the gift
CREATE TABLE spent_handovers (
    merchant_id uuid NOT NULL REFERENCES merchants,
    handover_id uuid NOT NULL,
    ends_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, handover_id)
);
CREATE INDEX spent_handovers_ended ON spent_handovers (merchant_id, ends_at);
"""


def upgrade() -> None:
    """Create the tables."""
    run(_SQL)
