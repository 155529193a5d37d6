"""Rules of breakage, which one person asks for and another agrees to."""

from largesse.db.migrations.statements import run

revision = "0084"
down_revision = "0083"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE breakage_rules (
    merchant_id uuid NOT NULL REFERENCES merchants,
    rule_id uuid NOT NULL,
    class_of_value text NOT NULL CHECK (class_of_value IN ('paid', 'credit')),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    method text NOT NULL CHECK (method IN ('at_expiry', 'when_remote', 'proportional')),
    -- what is expected to stay unused, in millionths of what is sold
    rate_ppm integer CHECK (rate_ppm BETWEEN 1 AND 990000),
    -- after how many months the use of what is left is remote
    remote_months smallint CHECK (remote_months BETWEEN 1 AND 240),
    -- the first month that goes by it
    since date NOT NULL CHECK (extract(day FROM since) = 1),
    why text NOT NULL CHECK (char_length(why) BETWEEN 1 AND 500),
    -- requested: waits for another person; agreed; refused: not agreed to, or withdrawn
    state text NOT NULL CHECK (state IN ('requested', 'agreed', 'refused')),
    requested_by text NOT NULL CHECK (char_length(requested_by) BETWEEN 1 AND 120),
    requester_id uuid NOT NULL,
    requested_at timestamptz NOT NULL,
    decided_by text CHECK (char_length(decided_by) BETWEEN 1 AND 120),
    decided_at timestamptz,
    -- whether who asked for it agreed to it, since nobody else may
    alone boolean NOT NULL DEFAULT false,
    PRIMARY KEY (merchant_id, rule_id),
    CHECK ((method = 'proportional') = (rate_ppm IS NOT NULL)),
    CHECK ((method = 'when_remote') = (remote_months IS NOT NULL)),
    CHECK ((state = 'requested') = (decided_at IS NULL) AND (decided_at IS NULL) = (decided_by IS NULL))
);
"""


def upgrade() -> None:
    """Create the table."""
    run(_SQL)
