"""A merchant writes English as the British or the Americans do, and prints on A4 or Letter."""

from largesse.db.migrations.statements import run

revision = "0124"
down_revision = "0123"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE merchants
    -- how days and hours are written in English
    ADD COLUMN english text NOT NULL DEFAULT 'en-GB' CHECK (english IN ('en-GB', 'en-US')),
    -- what its printers, and those of its customers, hold
    ADD COLUMN paper text NOT NULL DEFAULT 'a4' CHECK (paper IN ('a4', 'us-letter'));

-- Whoever said that it is in the United States, Canada and the other countries of Letter gets what is usual there.
UPDATE merchants AS m
SET english = CASE WHEN e.country IN ('US', 'PR', 'GU', 'VI', 'AS', 'MP', 'UM') THEN 'en-US' ELSE m.english END,
    paper = 'us-letter'
FROM legal_entities AS e
WHERE e.merchant_id = m.merchant_id AND e.is_default
    AND e.country IN ('US', 'PR', 'GU', 'VI', 'AS', 'MP', 'UM', 'CA', 'MX', 'CL', 'CO', 'VE', 'PH');
"""


def upgrade() -> None:
    """Add the columns, as is usual where a merchant's legal entity is."""
    run(_SQL)
