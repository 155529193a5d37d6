"""A certificate may have a number for each thing that numbers are for."""

from largesse.db.migrations.statements import run

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE certificate_numbers
    DROP CONSTRAINT certificate_numbers_pkey,
    ADD CONSTRAINT certificate_numbers_pkey PRIMARY KEY USING INDEX certificate_numbers_by_role;
"""


def upgrade() -> None:
    """Change the key."""
    run(_SQL)
