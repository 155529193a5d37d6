"""Monitors, and mails of reports."""

from largesse.db.migrations.statements import run

revision = "0087"
down_revision = "0086"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE monitors (
    merchant_id uuid NOT NULL REFERENCES merchants,
    monitor_id uuid NOT NULL,
    watched text NOT NULL CHECK (watched IN ('liability', 'stock', 'credit', 'redeemed_hour', 'exception')),
    currency text CHECK (currency ~ '^[A-Z]{3}$'),
    offering_id uuid,
    -- which exception, as reports call it
    act text CHECK (char_length(act) <= 40),
    -- in the smallest unit, a count, or percent
    bound bigint NOT NULL CHECK (bound >= 0),
    made_by uuid NOT NULL,
    made_at timestamptz NOT NULL,
    -- what was seen last, since when that is beyond the bound, and when somebody was last told
    value bigint,
    seen_at timestamptz,
    over_since timestamptz,
    told_at timestamptz,
    PRIMARY KEY (merchant_id, monitor_id),
    CHECK ((watched IN ('liability', 'redeemed_hour')) = (currency IS NOT NULL)),
    CHECK ((watched = 'stock') = (offering_id IS NOT NULL)),
    CHECK ((watched = 'exception') = (act IS NOT NULL))
);

CREATE TABLE report_mails (
    merchant_id uuid NOT NULL REFERENCES merchants,
    mail_id uuid NOT NULL,
    person_id uuid NOT NULL,
    report text NOT NULL CHECK (char_length(report) <= 40),
    every text NOT NULL CHECK (every IN ('day', 'week', 'month')),
    made_at timestamptz NOT NULL,
    next_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, mail_id),
    UNIQUE (merchant_id, person_id, report, every)
);

CREATE INDEX report_mails_due ON report_mails (next_at);
"""


def upgrade() -> None:
    """Create the tables."""
    run(_SQL)
