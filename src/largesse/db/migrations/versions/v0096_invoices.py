"""Invoices and credit notes: their series, lines, taxes, what stands on them, and what is set against them."""

from largesse.db.migrations.statements import run

revision = "0096"
down_revision = "0095"
branch_labels = None
depends_on = None

_SQL = """
ALTER TABLE agreements
    -- what the partner is let off, in millionths of the amount
    ADD COLUMN discount_ppm integer NOT NULL DEFAULT 0,
    -- price_reduction: lowers what is owed; commission: certificates are billed at face, and the partner earns it
    ADD COLUMN discount_kind text NOT NULL DEFAULT 'price_reduction',
    -- printed on invoices whose orders name none
    ADD COLUMN po_number text NOT NULL DEFAULT '',
    ADD CONSTRAINT agreements_discount CHECK (
        discount_ppm BETWEEN 0 AND 999999 AND discount_kind IN ('price_reduction', 'commission')
        AND char_length(po_number) <= 60
    ) NOT VALID,
    DROP CONSTRAINT agreements_invoicing_check,
    -- refcode: one invoice for each batch; monthly: one for each month; order: one for each order
    ADD CONSTRAINT agreements_invoicing_check CHECK (invoicing IN ('refcode', 'monthly', 'order')) NOT VALID;

ALTER TABLE agreement_terms
    -- below zero where the partner has paid more than it owes
    DROP CONSTRAINT agreement_terms_credit_used_check;

-- What invoices to a partner say of it, beside its name and address.
CREATE TABLE billing_details (
    merchant_id uuid NOT NULL,
    partner_id uuid NOT NULL,
    vat_id text NOT NULL DEFAULT '' CHECK (char_length(vat_id) <= 40),
    tax_id text NOT NULL DEFAULT '' CHECK (char_length(tax_id) <= 40),
    -- where invoices are mailed; empty: to the partner's contact
    email text NOT NULL DEFAULT '' CHECK (char_length(email) <= 254),
    -- how the buyer routes it: a Leitweg-ID in Germany
    buyer_reference text NOT NULL DEFAULT '' CHECK (char_length(buyer_reference) <= 60),
    -- the electronic address, by a code of the list EAS
    endpoint_scheme text NOT NULL DEFAULT '' CHECK (char_length(endpoint_scheme) <= 4),
    endpoint_id text NOT NULL DEFAULT '' CHECK (char_length(endpoint_id) <= 120),
    language text NOT NULL DEFAULT '' CHECK (char_length(language) <= 10),
    PRIMARY KEY (merchant_id, partner_id),
    FOREIGN KEY (merchant_id, partner_id) REFERENCES partners,
    CHECK ((endpoint_scheme = '') = (endpoint_id = ''))
);

-- What a legal entity's invoices say of it, beside its name, address and tax ids.
CREATE TABLE invoice_settings (
    merchant_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    iban text NOT NULL DEFAULT '' CHECK (char_length(iban) <= 34),
    bic text NOT NULL DEFAULT '' CHECK (char_length(bic) <= 11),
    account_holder text NOT NULL DEFAULT '' CHECK (char_length(account_holder) <= 70),
    contact_name text NOT NULL DEFAULT '' CHECK (char_length(contact_name) <= 120),
    contact_email text NOT NULL DEFAULT '' CHECK (char_length(contact_email) <= 254),
    contact_phone text NOT NULL DEFAULT '' CHECK (char_length(contact_phone) <= 20),
    note text NOT NULL DEFAULT '' CHECK (char_length(note) <= 1000),
    invoice_series text NOT NULL DEFAULT 'INV-' CHECK (char_length(invoice_series) BETWEEN 1 AND 12),
    credit_note_series text NOT NULL DEFAULT 'CN-' CHECK (char_length(credit_note_series) BETWEEN 1 AND 12),
    -- how many days after the due day each reminder is sent
    reminder_days smallint[] NOT NULL DEFAULT '{7,21,35}' CHECK (cardinality(reminder_days) = 3),
    -- whether the worker issues what is due to be invoiced, and sends reminders
    issues_itself boolean NOT NULL DEFAULT false,
    reminds_itself boolean NOT NULL DEFAULT false,
    PRIMARY KEY (merchant_id, entity_id),
    FOREIGN KEY (merchant_id, entity_id) REFERENCES legal_entities,
    CHECK (invoice_series <> credit_note_series)
);

-- The last number that each series gave. Whoever takes the next one writes the invoice in the same transaction.
CREATE TABLE invoice_series (
    merchant_id uuid NOT NULL REFERENCES merchants,
    series text NOT NULL CHECK (char_length(series) BETWEEN 1 AND 12),
    kind text NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
    last_number bigint NOT NULL CHECK (last_number > 0),
    PRIMARY KEY (merchant_id, series)
);

-- Invoices and credit notes. What is issued never changes but for what is set against it, reminders and disputes.
CREATE TABLE invoices (
    merchant_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    kind text NOT NULL CHECK (kind IN ('invoice', 'credit_note')),
    -- draft: has no number; credited, paid, written_off: nothing is open. A credit note is paid when it is used up
    state text NOT NULL CHECK (state IN ('draft', 'issued', 'part_paid', 'paid', 'credited', 'written_off')),
    partner_id uuid NOT NULL,
    entity_id uuid NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    -- what its orders have in common
    grouping text NOT NULL CHECK (grouping IN ('refcode', 'monthly', 'order')),
    group_key text NOT NULL CHECK (char_length(group_key) <= 40),
    -- whether its lines are taxed: those that are not stand alone (EN 16931, BR-O-11)
    taxed boolean NOT NULL,
    series text,
    number bigint CHECK (number > 0),
    invoice_number text CHECK (char_length(invoice_number) BETWEEN 1 AND 30),
    -- of a credit note: the invoice that it corrects
    corrects uuid,
    -- in the smallest unit, tax included
    total bigint NOT NULL DEFAULT 0 CHECK (total >= 0),
    tax bigint NOT NULL DEFAULT 0 CHECK (tax >= 0 AND tax <= total),
    -- what was paid of it; of a credit note, what of it was set against invoices or paid out
    paid bigint NOT NULL DEFAULT 0 CHECK (paid >= 0),
    -- what its own credit notes took off it
    credited bigint NOT NULL DEFAULT 0 CHECK (credited >= 0),
    written_off bigint NOT NULL DEFAULT 0 CHECK (written_off >= 0),
    po_number text NOT NULL DEFAULT '' CHECK (char_length(po_number) <= 60),
    note text NOT NULL DEFAULT '' CHECK (char_length(note) <= 1000),
    -- the structured reference of ISO 11649
    reference text CHECK (char_length(reference) <= 25),
    period_from date,
    period_through date,
    issued_on date,
    due_on date,
    disputed_at timestamptz,
    dispute_reason text NOT NULL DEFAULT '' CHECK (char_length(dispute_reason) <= 500),
    -- how many reminders were sent, and when the last was
    reminders smallint NOT NULL DEFAULT 0 CHECK (reminders BETWEEN 0 AND 3),
    reminded_at timestamptz,
    -- all that XML and paper say, and its SHA-256
    document bytea,
    document_hash bytea CHECK (octet_length(document_hash) = 32),
    created_at timestamptz NOT NULL,
    created_by text NOT NULL CHECK (char_length(created_by) <= 100),
    issued_at timestamptz,
    settled_at timestamptz,
    PRIMARY KEY (merchant_id, invoice_id),
    UNIQUE (merchant_id, series, number),
    UNIQUE (merchant_id, invoice_number),
    FOREIGN KEY (merchant_id, partner_id) REFERENCES partners,
    FOREIGN KEY (merchant_id, entity_id) REFERENCES legal_entities,
    FOREIGN KEY (merchant_id, corrects) REFERENCES invoices,
    CHECK ((state = 'draft') = (number IS NULL)),
    CHECK ((number IS NULL) = (series IS NULL) AND (number IS NULL) = (invoice_number IS NULL)),
    CHECK ((number IS NULL) = (issued_on IS NULL) AND (number IS NULL) = (document IS NULL)),
    CHECK ((document IS NULL) = (document_hash IS NULL)),
    CHECK ((kind = 'credit_note') = (corrects IS NOT NULL)),
    CHECK (paid + credited + written_off <= total),
    CHECK (kind = 'invoice' OR (credited = 0 AND written_off = 0 AND state IN ('issued', 'part_paid', 'paid')))
);

CREATE INDEX invoices_of_partner ON invoices (merchant_id, partner_id, issued_on);

CREATE INDEX invoices_by_day ON invoices (merchant_id, issued_on, invoice_id);

CREATE INDEX invoices_open ON invoices (merchant_id, due_on) WHERE state IN ('issued', 'part_paid');

CREATE INDEX invoices_by_reference ON invoices (merchant_id, reference) WHERE reference IS NOT NULL;

CREATE INDEX invoices_correcting ON invoices (merchant_id, corrects) WHERE corrects IS NOT NULL;

-- One draft gathers what has the same in common.
CREATE UNIQUE INDEX invoices_drafts
    ON invoices (merchant_id, partner_id, entity_id, currency, grouping, group_key, taxed) WHERE state = 'draft';

CREATE TABLE invoice_lines (
    merchant_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    line_no integer NOT NULL CHECK (line_no > 0),
    refcode text NOT NULL DEFAULT '' CHECK (char_length(refcode) <= 20),
    quantity integer NOT NULL CHECK (quantity > 0),
    -- of one certificate, before what is let off, and what is let off
    face bigint NOT NULL CHECK (face >= 0),
    discount bigint NOT NULL CHECK (discount BETWEEN 0 AND face),
    -- of all, after what is let off
    total bigint NOT NULL CHECK (total >= 0),
    tax_kind text NOT NULL CHECK (tax_kind IN ('none', 'sales_tax', 'single_purpose', 'multi_purpose')),
    tax_country text CHECK (tax_country ~ '^[A-Z]{2}$'),
    tax_rate_ppm integer NOT NULL DEFAULT 0 CHECK (tax_rate_ppm BETWEEN 0 AND 1000000),
    PRIMARY KEY (merchant_id, invoice_id, line_no),
    FOREIGN KEY (merchant_id, invoice_id) REFERENCES invoices
);

-- Tax per rate: computed once on the gross, and what the certificates had booked of it.
CREATE TABLE invoice_taxes (
    merchant_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    tax_country text NOT NULL,
    tax_rate_ppm integer NOT NULL,
    gross bigint NOT NULL CHECK (gross >= 0),
    tax bigint NOT NULL CHECK (tax BETWEEN 0 AND gross),
    booked bigint NOT NULL,
    PRIMARY KEY (merchant_id, invoice_id, tax_country, tax_rate_ppm),
    FOREIGN KEY (merchant_id, invoice_id) REFERENCES invoices
);

-- Which fillings of certificates stand on an invoice: each on one, which may still be a draft.
CREATE TABLE invoice_items (
    merchant_id uuid NOT NULL,
    lot_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    certificate_id uuid NOT NULL,
    -- since it is issued: the line, and what is owed for it
    line_no integer,
    amount bigint CHECK (amount > 0),
    PRIMARY KEY (merchant_id, lot_id),
    FOREIGN KEY (merchant_id, invoice_id) REFERENCES invoices,
    CHECK ((line_no IS NULL) = (amount IS NULL))
);

CREATE INDEX invoice_items_of_invoice ON invoice_items (merchant_id, invoice_id, line_no);

-- What a credit note gives back of which filling, and by which operation it was given back.
CREATE TABLE credit_items (
    merchant_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    lot_id uuid NOT NULL,
    operation_id uuid NOT NULL,
    certificate_id uuid NOT NULL,
    amount bigint NOT NULL CHECK (amount > 0),
    PRIMARY KEY (merchant_id, invoice_id, lot_id, operation_id, certificate_id),
    FOREIGN KEY (merchant_id, invoice_id) REFERENCES invoices
);

CREATE INDEX credit_items_of_lot ON credit_items (merchant_id, lot_id);

-- What was set against an invoice, each by one row of the journal, and undone by another.
CREATE TABLE invoice_settlements (
    merchant_id uuid NOT NULL,
    -- the operation in the journal
    operation_id uuid NOT NULL,
    invoice_id uuid NOT NULL,
    partner_id uuid NOT NULL,
    -- payment: money that came in, by its id; credit_note: what one gave back; credit: of the partner's, from wherever
    source text NOT NULL CHECK (source IN ('payment', 'credit_note', 'credit')),
    source_id uuid,
    amount bigint NOT NULL CHECK (amount > 0),
    actor text NOT NULL CHECK (char_length(actor) <= 100),
    booked_at timestamptz NOT NULL,
    -- the operation that undid it
    undone_by uuid,
    undone_at timestamptz,
    PRIMARY KEY (merchant_id, operation_id),
    FOREIGN KEY (merchant_id, invoice_id) REFERENCES invoices,
    CHECK ((source = 'credit') = (source_id IS NULL)),
    CHECK ((undone_by IS NULL) = (undone_at IS NULL))
);

CREATE INDEX invoice_settlements_of_invoice ON invoice_settlements (merchant_id, invoice_id);

CREATE INDEX invoice_settlements_of_source ON invoice_settlements (merchant_id, source_id) WHERE source_id IS NOT NULL;
"""

_LOCKED = "SELECT partner_id FROM agreements ORDER BY merchant_id, partner_id FOR UPDATE"

# What is used of the credit follows from the journal from now on: before, nothing lowered it below zero, and what had
# been undone of a reload had not come back.
_USED = """
UPDATE agreement_terms t
SET credit_used = owed.amount
FROM (
    SELECT t2.merchant_id, t2.partner_id, t2.currency, coalesce(sum(
        CASE WHEN j.debit IN ('partner_receivable', 'partner_credit') THEN j.amount ELSE 0 END
        - CASE WHEN j.credit IN ('partner_receivable', 'partner_credit') THEN j.amount ELSE 0 END), 0)::bigint AS amount
    FROM agreement_terms t2
    LEFT JOIN journal j ON j.merchant_id = t2.merchant_id AND j.party_id = t2.partner_id AND j.currency = t2.currency
    GROUP BY t2.merchant_id, t2.partner_id, t2.currency
) AS owed
WHERE t.merchant_id = owed.merchant_id AND t.partner_id = owed.partner_id AND t.currency = owed.currency
    AND t.credit_used <> owed.amount
"""


def upgrade() -> None:
    """Create the tables, and say what partners have used of their credit by the journal."""
    run(_SQL)
    run("ALTER TABLE agreements VALIDATE CONSTRAINT agreements_discount")
    run("ALTER TABLE agreements VALIDATE CONSTRAINT agreements_invoicing_check")
    run(_LOCKED)
    run(_USED)
