"""What people of partners order in the portal: one certificate or a hundred thousand, validated whole, then placed."""

from largesse.db.migrations.statements import create_index_concurrently, run

revision = "0101"
down_revision = "0100"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE partner_batches (
    merchant_id uuid NOT NULL,
    batch_id uuid NOT NULL,
    partner_id uuid NOT NULL,
    -- who ordered
    membership_id uuid NOT NULL,
    person_id uuid NOT NULL,
    -- waiting: for a second person; placing: certificates are issued; done: all are; stopped: the rest was refused, and
    -- may go on; refused, withdrawn: nothing (more) is issued
    state text NOT NULL CHECK (state IN ('waiting', 'placing', 'done', 'stopped', 'refused', 'withdrawn')),
    -- email: mailed to the recipients; file: whoever ordered downloads the numbers, once
    delivery text NOT NULL CHECK (delivery IN ('email', 'file')),
    refcode text NOT NULL CHECK (char_length(refcode) BETWEEN 1 AND 20),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    total bigint NOT NULL CHECK (total > 0),
    lines integer NOT NULL CHECK (lines > 0),
    done integer NOT NULL DEFAULT 0 CHECK (done BETWEEN 0 AND lines),
    file_name text NOT NULL DEFAULT '' CHECK (char_length(file_name) <= 200),
    -- what was asked for: the same form twice is one batch
    fingerprint bytea NOT NULL CHECK (octet_length(fingerprint) = 16),
    made_at timestamptz NOT NULL,
    -- the second person, and what they said
    decided_by uuid,
    decided_at timestamptz,
    reason text CHECK (char_length(reason) <= 500),
    -- the code of what stopped it
    trouble text NOT NULL DEFAULT '' CHECK (char_length(trouble) <= 60),
    finished_at timestamptz,
    -- when the numbers were downloaded, and by whom
    numbers_at timestamptz,
    numbers_by uuid,
    PRIMARY KEY (merchant_id, batch_id),
    FOREIGN KEY (merchant_id, partner_id) REFERENCES partners
);

CREATE INDEX partner_batches_by_time ON partner_batches (merchant_id, partner_id, made_at, batch_id);

CREATE INDEX partner_batches_placing ON partner_batches (merchant_id) WHERE state = 'placing';

CREATE TABLE partner_batch_lines (
    merchant_id uuid NOT NULL,
    batch_id uuid NOT NULL,
    -- in the order of the file, from 1
    place integer NOT NULL CHECK (place > 0),
    -- where it stands in the file
    line integer NOT NULL,
    identifier text CHECK (char_length(identifier) <= 64),
    amount bigint NOT NULL CHECK (amount > 0),
    good_through date NOT NULL,
    recipient_name text NOT NULL DEFAULT '' CHECK (char_length(recipient_name) <= 121),
    recipient_email text NOT NULL DEFAULT '' CHECK (char_length(recipient_email) <= 254),
    message text NOT NULL DEFAULT '' CHECK (char_length(message) <= 200),
    -- the order that it became
    order_id uuid,
    PRIMARY KEY (merchant_id, batch_id, place),
    FOREIGN KEY (merchant_id, batch_id) REFERENCES partner_batches
);
"""


def upgrade() -> None:
    """Create the tables, and the index by which a partner finds an order under its own name."""
    run(_SQL)
    create_index_concurrently(
        "orders_by_identifier",
        "orders (merchant_id, partner_id, third_party_identifier) WHERE third_party_identifier IS NOT NULL",
    )
