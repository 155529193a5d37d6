"""Limits of one person, in place of those of everybody."""

from largesse.db.migrations.statements import run

revision = "0106"
down_revision = "0105"
branch_labels = None
depends_on = None

_SQL = """
-- How much somebody does of an act alone who is trusted more, or less, than everybody: it counts instead of act_limits.
CREATE TABLE member_limits (
    merchant_id uuid NOT NULL REFERENCES merchants,
    membership_id uuid NOT NULL,
    act text NOT NULL CHECK (char_length(act) BETWEEN 1 AND 20),
    -- in the smallest unit of the merchant's currency; null is no limit
    per_act bigint CHECK (per_act >= 0),
    per_day bigint CHECK (per_day >= 0),
    per_certificate bigint CHECK (per_certificate >= 0),
    PRIMARY KEY (merchant_id, membership_id, act),
    FOREIGN KEY (merchant_id, membership_id) REFERENCES memberships
);
"""


def upgrade() -> None:
    """Create the table."""
    run(_SQL)
