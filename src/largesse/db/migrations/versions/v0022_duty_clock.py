"""Duties remember when they ran, so that a clock that jumps is seen."""

from largesse.db.migrations.statements import run

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

_SQL = """
-- One row for the installation: duties run in every worker, on clocks of their own.
CREATE TABLE duty_clock (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    -- what the clock said when duties last ran
    seen_at timestamptz NOT NULL,
    -- since when it has made no step of more than an hour
    steady_since timestamptz NOT NULL,
    -- rows up to then are known to be from a clock that was wrong
    accepted_until timestamptz
);
"""


def upgrade() -> None:
    """Create the table."""
    run(_SQL)
