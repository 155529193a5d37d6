"""What programs asked for within the last second, told by each process to the others; gone after a crash."""

from largesse.db.migrations.statements import run

revision = "0081"
down_revision = "0080"
branch_labels = None
depends_on = None

_SQL = """
CREATE UNLOGGED TABLE program_rates (
    merchant_id uuid NOT NULL REFERENCES merchants,
    program_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('reads', 'writes')),
    process_id uuid NOT NULL,
    used integer NOT NULL CHECK (used >= 0),
    told_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, program_id, kind, process_id)
);
"""


def upgrade() -> None:
    """Create the table."""
    run(_SQL)
