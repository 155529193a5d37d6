"""Receipts and invoices of checkouts, with numbers of their own, and what corrects them."""

from largesse.db.migrations.statements import run

revision = "0121"
down_revision = "0120"
branch_labels = None
depends_on = None

_SQL = """
-- The last number that each kind gave. Whoever takes the next one writes the document in the same transaction.
CREATE TABLE sale_document_series (
    merchant_id uuid NOT NULL REFERENCES merchants,
    kind text NOT NULL CHECK (kind IN ('receipt', 'invoice', 'receipt_correction', 'invoice_correction')),
    last_number bigint NOT NULL CHECK (last_number > 0),
    PRIMARY KEY (merchant_id, kind)
);

-- What buyers were given in hand of what they paid, and what corrects it. A row never changes.
CREATE TABLE sale_documents (
    merchant_id uuid NOT NULL,
    document_id uuid NOT NULL,
    checkout_id uuid NOT NULL,
    -- what is taxed alike stands on one document
    tax_group text NOT NULL CHECK (tax_group IN ('single_purpose', 'multi_purpose', 'other')),
    kind text NOT NULL CHECK (kind IN ('receipt', 'invoice', 'receipt_correction', 'invoice_correction')),
    number bigint NOT NULL CHECK (number > 0),
    -- of a correction: the first one, that of the sale
    corrects uuid,
    reason text CHECK (reason IN ('refund', 'dispute', 'not_paid', 'buyer')),
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    -- in the smallest unit, tax included: what was paid, or is taken off
    total bigint NOT NULL CHECK (total >= 0),
    tax bigint NOT NULL CHECK (tax >= 0 AND tax <= total),
    issued_at timestamptz NOT NULL,
    -- all that the paper says, and its SHA-256
    document bytea NOT NULL,
    document_hash bytea NOT NULL CHECK (octet_length(document_hash) = 32),
    PRIMARY KEY (merchant_id, document_id),
    UNIQUE (merchant_id, kind, number),
    FOREIGN KEY (merchant_id, checkout_id) REFERENCES checkouts,
    FOREIGN KEY (merchant_id, corrects) REFERENCES sale_documents,
    CHECK ((corrects IS NULL) = (kind IN ('receipt', 'invoice'))),
    CHECK ((corrects IS NULL) = (reason IS NULL))
);

CREATE UNIQUE INDEX sale_documents_first ON sale_documents (merchant_id, checkout_id, tax_group) WHERE corrects IS NULL;

CREATE INDEX sale_documents_of_checkout ON sale_documents (merchant_id, checkout_id);
"""


def upgrade() -> None:
    """Add both tables; what was paid before has its receipt by mail."""
    run(_SQL)
