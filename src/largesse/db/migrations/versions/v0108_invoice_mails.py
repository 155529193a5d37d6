"""What is mailed of invoices, and for which months the worker has gathered what is billed monthly."""

from largesse.db.migrations.statements import run

revision = "0108"
down_revision = "0107"
branch_labels = None
depends_on = None

_SQL = """
-- Mails of invoices: one at issue, one for each reminder, and those that somebody sent again.
CREATE TABLE invoice_mails (
    merchant_id uuid NOT NULL,
    mail_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    purpose text NOT NULL CHECK (purpose IN ('issued', 'again', 'reminder')),
    -- of a reminder: the first, second or third
    stage smallint NOT NULL DEFAULT 0 CHECK (stage BETWEEN 0 AND 3 AND (purpose = 'reminder') = (stage > 0)),
    address text NOT NULL CHECK (char_length(address) <= 254),
    -- why it was sent again
    reason text NOT NULL DEFAULT '' CHECK (char_length(reason) <= 500),
    queued_at timestamptz NOT NULL,
    queued_by text NOT NULL CHECK (char_length(queued_by) <= 100),
    -- dropped: it was paid or disputed before its turn came
    status text NOT NULL DEFAULT 'queued' CHECK (status IN ('queued', 'sent', 'failed', 'dropped')),
    settled_at timestamptz,
    PRIMARY KEY (merchant_id, mail_id),
    FOREIGN KEY (merchant_id, invoice_id) REFERENCES invoices
);

-- At issue, and at each stage of reminding, exactly one.
CREATE UNIQUE INDEX invoice_mails_once ON invoice_mails (merchant_id, invoice_id, purpose, stage)
    WHERE purpose <> 'again';

CREATE INDEX invoice_mails_of_invoice ON invoice_mails (merchant_id, invoice_id, queued_at);

-- For which months what a partner ordered was gathered by the worker; outcome: the code of what refused the issue.
CREATE TABLE invoice_runs (
    merchant_id uuid NOT NULL,
    partner_id uuid NOT NULL,
    -- the first day of the month
    month date NOT NULL CHECK (extract(day FROM month) = 1),
    ran_at timestamptz NOT NULL,
    outcome text NOT NULL DEFAULT '' CHECK (char_length(outcome) <= 80),
    PRIMARY KEY (merchant_id, partner_id, month),
    FOREIGN KEY (merchant_id, partner_id) REFERENCES partners
);
"""


def upgrade() -> None:
    """Create the tables."""
    run(_SQL)
