"""Work without a line: what a merchant allows, each device's book and queue, and what came of the rows of a queue."""

from largesse.db.migrations.statements import run

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None

_SQL = """
-- What a merchant's devices may do without a line. Amounts are in the smallest unit of the merchant's currency.
CREATE TABLE offline_rules (
    merchant_id uuid PRIMARY KEY REFERENCES merchants,
    allowed boolean NOT NULL,
    per_certificate bigint NOT NULL CHECK (per_certificate >= 0),
    per_device_day bigint NOT NULL CHECK (per_device_day >= 0),
    -- what all devices together may take before they are heard from again
    over_all bigint NOT NULL CHECK (over_all >= 0),
    -- after how many hours a book is too old
    hours_max smallint NOT NULL CHECK (hours_max BETWEEN 1 AND 72)
);

-- A device since it was enrolled, as far as it works without a line: another enrolment begins another queue.
CREATE TABLE offline_enrolments (
    merchant_id uuid NOT NULL,
    enrolment_id uuid NOT NULL,
    device_id uuid NOT NULL,
    enrolled_at timestamptz NOT NULL,
    -- the key that the rows of its queue are signed with; it outlives the device, whose rows may come late
    public_key bytea NOT NULL CHECK (octet_length(public_key) = 65),
    -- the row without a gap before it that came last, and the hash that the next one carries on
    last_number integer NOT NULL DEFAULT 0 CHECK (last_number >= 0),
    last_hash bytea NOT NULL CHECK (octet_length(last_hash) = 32),
    -- how many rows it said that it still had, when it was heard of last
    waiting integer NOT NULL DEFAULT 0 CHECK (waiting >= 0),
    heard_at timestamptz,
    -- when it was last heard of with nothing waiting
    emptied_at timestamptz,
    -- what it may take until it is heard of again, and until when it may
    lent bigint NOT NULL DEFAULT 0 CHECK (lent >= 0),
    lent_until timestamptz,
    PRIMARY KEY (merchant_id, enrolment_id),
    UNIQUE (merchant_id, device_id, enrolled_at),
    FOREIGN KEY (merchant_id, device_id) REFERENCES devices
);

-- What devices took without a line, row by row, as they signed it.
CREATE TABLE offline_rows (
    merchant_id uuid NOT NULL,
    enrolment_id uuid NOT NULL,
    number integer NOT NULL CHECK (number > 0),
    device_id uuid NOT NULL,
    location_id uuid NOT NULL,
    operation_id uuid NOT NULL,
    body text NOT NULL CHECK (octet_length(body) <= 4000),
    signature text NOT NULL CHECK (char_length(signature) <= 100),
    -- whoever touched their name, which no PIN has proven
    membership_id uuid,
    claimed_at timestamptz NOT NULL,
    received_at timestamptz NOT NULL,
    -- line: posted by the device; paper: read from a receipt
    came text NOT NULL CHECK (came IN ('line', 'paper')),
    -- it came after the day that it belongs to was closed on the device
    late boolean NOT NULL,
    -- waits: for a manager's word; dropped: by a manager's word
    state text NOT NULL CHECK (state IN ('taken', 'part', 'none', 'waits', 'dropped')),
    asked bigint NOT NULL CHECK (asked >= 0),
    taken bigint NOT NULL CHECK (taken >= 0),
    PRIMARY KEY (merchant_id, enrolment_id, number),
    FOREIGN KEY (merchant_id, enrolment_id) REFERENCES offline_enrolments
);

CREATE INDEX offline_rows_of_device ON offline_rows (merchant_id, device_id, received_at);

CREATE UNIQUE INDEX offline_rows_by_operation ON offline_rows (merchant_id, operation_id);

-- What somebody has to settle of a queue.
CREATE TABLE offline_conflicts (
    merchant_id uuid NOT NULL,
    conflict_id uuid NOT NULL,
    enrolment_id uuid NOT NULL,
    device_id uuid NOT NULL,
    location_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('missing', 'gap', 'chain', 'twice', 'identity', 'cap', 'waits')),
    -- the row that it is about, or the first and last one that are missing
    number integer NOT NULL CHECK (number > 0),
    number_to integer NOT NULL,
    certificate_id uuid,
    last_four text NOT NULL DEFAULT '' CHECK (char_length(last_four) <= 4),
    currency text NOT NULL,
    amount bigint NOT NULL CHECK (amount >= 0),
    -- the code of why it could not be taken
    why text NOT NULL DEFAULT '' CHECK (char_length(why) <= 120),
    claimed_at timestamptz NOT NULL,
    noted_at timestamptz NOT NULL,
    -- open; charged: whoever used it is asked to pay; came: settled by itself; the others: by somebody
    state text NOT NULL CHECK (state IN ('open', 'charged', 'paid', 'written_off', 'seen', 'posted', 'dropped',
        'came')),
    settled_at timestamptz,
    settled_by text NOT NULL DEFAULT '' CHECK (char_length(settled_by) <= 160),
    reason text NOT NULL DEFAULT '' CHECK (char_length(reason) <= 500),
    PRIMARY KEY (merchant_id, conflict_id),
    UNIQUE (merchant_id, enrolment_id, kind, number, last_four),
    FOREIGN KEY (merchant_id, enrolment_id) REFERENCES offline_enrolments,
    CHECK (number_to >= number)
);

CREATE INDEX offline_conflicts_open ON offline_conflicts (merchant_id, noted_at) WHERE state IN ('open', 'charged');
"""


def upgrade() -> None:
    """Create the tables."""
    run(_SQL)
