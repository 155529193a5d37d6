"""Limits of what one person may do alone, what they did within them, and requests that wait for a second person."""

from largesse.db.migrations.statements import run

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None

_SQL = """
-- Up to how much, in the merchant's currency; none where nobody has said so.
CREATE TABLE act_limits (
    merchant_id uuid NOT NULL REFERENCES merchants,
    act text NOT NULL CHECK (act IN ('adjust', 'cash_out', 'refund')),
    per_act bigint CHECK (per_act >= 0),
    per_day bigint CHECK (per_day >= 0),
    per_certificate bigint CHECK (per_certificate >= 0),
    PRIMARY KEY (merchant_id, act)
);

-- What people did that counts against them.
CREATE TABLE limited_acts (
    merchant_id uuid NOT NULL REFERENCES merchants,
    operation_id uuid NOT NULL,
    act text NOT NULL CHECK (act IN ('adjust', 'cash_out', 'refund')),
    person_id uuid NOT NULL,
    certificate_id uuid NOT NULL,
    amount bigint NOT NULL CHECK (amount >= 0),
    done_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, operation_id)
);

CREATE INDEX limited_acts_of_person ON limited_acts (merchant_id, act, person_id, done_at);

CREATE INDEX limited_acts_on_certificate ON limited_acts (merchant_id, act, certificate_id);

CREATE TABLE approval_requests (
    merchant_id uuid NOT NULL REFERENCES merchants,
    request_id uuid NOT NULL,
    act text NOT NULL CHECK (act IN ('adjust', 'cash_out', 'refund')),
    certificate_id uuid NOT NULL,
    -- what will be done, and what stood when that was shown: JSON
    command text NOT NULL CHECK (char_length(command) <= 4000),
    shown text NOT NULL CHECK (char_length(shown) <= 4000),
    reason text NOT NULL CHECK (char_length(reason) BETWEEN 1 AND 500),
    requested_by uuid NOT NULL,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    decided_at timestamptz,
    decided_by uuid,
    -- changed: something that it showed is different; withdrawn: whoever asked works here no more
    decision text CHECK (decision IN ('approved', 'refused', 'changed', 'withdrawn')),
    -- done, or the code of what the act was refused with
    outcome text CHECK (char_length(outcome) <= 100),
    -- where nobody else could: whoever asked confirmed it alone, a day later
    by_one boolean NOT NULL DEFAULT false,
    PRIMARY KEY (merchant_id, request_id),
    CONSTRAINT approval_requests_decided CHECK ((decided_at IS NULL) = (decision IS NULL))
);

CREATE INDEX approval_requests_waiting ON approval_requests (merchant_id, made_at) WHERE decided_at IS NULL;
"""


def upgrade() -> None:
    """Create the tables."""
    run(_SQL)
