"""Numbers of other systems: shorter ones, second ones, and how hard each is to guess."""

from largesse.db.migrations.statements import run

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE certificate_numbers
    -- number: printed on the certificate; alias: a second one, as good; activation: outside on a card, never spends
    ADD COLUMN role text NOT NULL DEFAULT 'number' CHECK (role IN ('number', 'alias', 'activation')),
    -- how hard a number of another system is to guess; ours say nothing
    ADD COLUMN bits smallint CHECK (bits >= 0),
    DROP CONSTRAINT certificate_numbers_last_four_check,
    ADD CONSTRAINT certificate_numbers_last_four_check CHECK (char_length(last_four) BETWEEN 1 AND 4) NOT VALID;
"""


def upgrade() -> None:
    """Widen the table."""
    run(_SQL)
    run("ALTER TABLE certificate_numbers VALIDATE CONSTRAINT certificate_numbers_last_four_check")
