"""Events are numbered once they are committed, so that whoever reads them by number misses none that came late."""

from largesse.db.migrations.statements import run

revision = "0086"
down_revision = "0085"
branch_labels = None
depends_on = None

_SQL = """
-- Written with the event; whoever sees it sees a committed event that has no number yet.
CREATE TABLE unnumbered_events (
    merchant_id uuid NOT NULL,
    event_id uuid NOT NULL,
    PRIMARY KEY (merchant_id, event_id)
);

CREATE TABLE numbered_events (
    merchant_id uuid NOT NULL,
    -- without gaps
    number bigint NOT NULL CHECK (number > 0),
    event_id uuid NOT NULL,
    PRIMARY KEY (merchant_id, number),
    UNIQUE (merchant_id, event_id)
);

-- The last number that was given.
CREATE TABLE event_heads (
    merchant_id uuid NOT NULL PRIMARY KEY,
    last_number bigint NOT NULL CHECK (last_number >= 0)
);

INSERT INTO unnumbered_events (merchant_id, event_id) SELECT merchant_id, event_id FROM events WHERE kind <> 'mail.due';
"""


def upgrade() -> None:
    """Create the tables; what stands is numbered by the worker."""
    run(_SQL)
