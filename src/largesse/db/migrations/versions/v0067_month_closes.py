"""Months that were closed, in versions, with the reports as they were printed."""

from largesse.db.migrations.statements import run

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE month_closes (
    merchant_id uuid NOT NULL REFERENCES merchants,
    -- its first day
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    version integer NOT NULL CHECK (version >= 1),
    -- requested: waits for another person; closed; reopened: the books were opened for it again
    state text NOT NULL CHECK (state IN ('requested', 'closed', 'reopened')),
    requested_by text NOT NULL CHECK (char_length(requested_by) BETWEEN 1 AND 120),
    requester_id uuid NOT NULL,
    requested_at timestamptz NOT NULL,
    -- SHA-256 of what stood outstanding when it was asked for: what was shown is what is closed
    shown bytea NOT NULL CHECK (octet_length(shown) = 32),
    -- why devices that were not heard from were not waited for; empty: there were none
    waived text NOT NULL DEFAULT '' CHECK (char_length(waived) <= 500),
    closed_by text CHECK (char_length(closed_by) BETWEEN 1 AND 120),
    closed_at timestamptz,
    -- whether who asked for it closed it, since nobody else may
    alone boolean NOT NULL DEFAULT false,
    -- the seal that covers it, and the last moment that it covers
    seal_number integer,
    known_at timestamptz,
    reopened_by text CHECK (char_length(reopened_by) BETWEEN 1 AND 120),
    reopened_at timestamptz,
    reopened_for text CHECK (char_length(reopened_for) <= 500),
    PRIMARY KEY (merchant_id, month, version),
    CHECK ((state = 'requested') = (closed_at IS NULL)),
    CHECK ((closed_at IS NULL) = (closed_by IS NULL) AND (closed_at IS NULL) = (known_at IS NULL)),
    CHECK ((state = 'reopened') = (reopened_at IS NOT NULL))
);

-- The reports of a version as they were printed when it was closed: they are printed again as they are.
CREATE TABLE month_reports (
    merchant_id uuid NOT NULL,
    month date NOT NULL,
    version integer NOT NULL,
    report text NOT NULL CHECK (char_length(report) BETWEEN 1 AND 40),
    body bytea NOT NULL,
    body_hash bytea NOT NULL CHECK (octet_length(body_hash) = 32),
    PRIMARY KEY (merchant_id, month, version, report),
    FOREIGN KEY (merchant_id, month, version) REFERENCES month_closes
);
"""


def upgrade() -> None:
    """Create the tables."""
    run(_SQL)
