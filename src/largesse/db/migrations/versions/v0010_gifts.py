"""How gifts reach who they are for, and every mail to buyers and recipients."""

from largesse.db.migrations.statements import run

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_SQL = """
-- How the gift of one order is delivered, and how far that is. The certificate's number is never here.
CREATE TABLE gifts (
    merchant_id uuid NOT NULL REFERENCES merchants,
    order_id uuid NOT NULL,
    checkout_id uuid NOT NULL,
    order_number text NOT NULL CHECK (char_length(order_number) BETWEEN 1 AND 13),
    -- the one that is delivered: after a reissue, the newest
    certificate_id uuid NOT NULL,
    -- waiting: until due_at; sending: with the outbox; sent: their mail server took it; failed: it was refused;
    -- withdrawn: its certificate could not be used when its time came; print: the buyer prints it
    status text NOT NULL CHECK (status IN ('waiting', 'sending', 'sent', 'failed', 'withdrawn', 'print')),
    locale text NOT NULL CHECK (char_length(locale) BETWEEN 2 AND 10),
    -- as the buyer corrected them last; the order keeps what was ordered
    recipient_name text NOT NULL DEFAULT '' CHECK (char_length(recipient_name) <= 121),
    recipient_email text NOT NULL DEFAULT '' CHECK (char_length(recipient_email) <= 254),
    due_at timestamptz,
    -- the mail that counts; what becomes of earlier ones changes nothing
    mail_id uuid,
    -- why it failed or was withdrawn: a word of ours, never the mail server's
    trouble text NOT NULL DEFAULT '' CHECK (char_length(trouble) <= 40),
    settled_at timestamptz,
    created_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, order_id),
    CHECK (status <> 'waiting' OR due_at IS NOT NULL),
    CHECK (status NOT IN ('sending', 'sent') OR mail_id IS NOT NULL)
);

CREATE INDEX gifts_of_checkout ON gifts (merchant_id, checkout_id);

CREATE INDEX gifts_waiting ON gifts (due_at) WHERE status = 'waiting';

-- One mail to one person; the outbox sends it as the event of the same id. What it says is composed when it is sent.
CREATE TABLE mails (
    merchant_id uuid NOT NULL REFERENCES merchants,
    mail_id uuid NOT NULL,
    -- gift: the certificate, to its recipient; receipt: to the buyer; trouble: tells the buyer that a gift was refused
    purpose text NOT NULL CHECK (purpose IN ('gift', 'receipt', 'trouble')),
    checkout_id uuid NOT NULL,
    -- none for a receipt
    order_id uuid,
    address text NOT NULL CHECK (char_length(address) BETWEEN 3 AND 254),
    name text NOT NULL DEFAULT '' CHECK (char_length(name) <= 121),
    locale text NOT NULL CHECK (char_length(locale) BETWEEN 2 AND 10),
    -- dropped: no longer wanted when its turn came
    status text NOT NULL CHECK (status IN ('queued', 'sent', 'failed', 'dropped')),
    queued_at timestamptz NOT NULL,
    settled_at timestamptz,
    PRIMARY KEY (merchant_id, mail_id),
    CHECK ((purpose = 'receipt') = (order_id IS NULL)),
    CHECK ((status = 'queued') = (settled_at IS NULL))
);

CREATE INDEX mails_of_checkout ON mails (merchant_id, checkout_id, queued_at);
"""


def upgrade() -> None:
    """Create the tables."""
    run(_SQL)
