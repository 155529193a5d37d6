"""Agreements name refcodes, and say what becomes of an order under another one."""

from largesse.db.migrations.statements import run

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE agreements
    -- none: every refcode is agreed
    ADD COLUMN refcodes text[] NOT NULL DEFAULT '{}' CHECK (cardinality(refcodes) <= 50),
    -- accept: issued and reported; refuse: not issued
    ADD COLUMN other_refcodes text NOT NULL DEFAULT 'accept' CHECK (other_refcodes IN ('accept', 'refuse'));
"""


def upgrade() -> None:
    """Widen the table."""
    run(_SQL)
