"""People of partners: who may sign in to the portal, as what, and what an agreement leaves to them."""

from largesse.db.migrations.statements import run

revision = "0100"
down_revision = "0099"
branch_labels = None
depends_on = None

_SQL = """
-- That a person acts for a partner in the portal.
CREATE TABLE partner_members (
    merchant_id uuid NOT NULL,
    membership_id uuid NOT NULL,
    partner_id uuid NOT NULL,
    person_id uuid NOT NULL,
    role text NOT NULL CHECK (role IN ('orderer', 'approver', 'finance')),
    -- the person of the office who invited; none where it was the operator
    invited_by uuid,
    made_at timestamptz NOT NULL,
    -- the device and place that accepted the invitation
    agent text NOT NULL CHECK (char_length(agent) <= 200),
    address text NOT NULL CHECK (char_length(address) <= 60),
    ended_at timestamptz,
    PRIMARY KEY (merchant_id, membership_id),
    FOREIGN KEY (merchant_id, partner_id) REFERENCES partners
);

CREATE UNIQUE INDEX partner_members_of_person ON partner_members (merchant_id, partner_id, person_id)
    WHERE ended_at IS NULL;

CREATE INDEX partner_members_by_person ON partner_members (person_id) WHERE ended_at IS NULL;

CREATE TABLE partner_invitations (
    merchant_id uuid NOT NULL,
    invitation_id uuid NOT NULL,
    partner_id uuid NOT NULL,
    email text NOT NULL CHECK (char_length(email) BETWEEN 3 AND 254),
    -- the address without regard to case
    email_key text NOT NULL CHECK (char_length(email_key) <= 508),
    role text NOT NULL CHECK (role IN ('orderer', 'approver', 'finance')),
    language text NOT NULL CHECK (char_length(language) BETWEEN 2 AND 12),
    invited_by uuid,
    made_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz,
    withdrawn_at timestamptz,
    PRIMARY KEY (merchant_id, invitation_id),
    FOREIGN KEY (merchant_id, partner_id) REFERENCES partners
);

CREATE UNIQUE INDEX partner_invitations_open ON partner_invitations (merchant_id, partner_id, email_key)
    WHERE accepted_at IS NULL AND withdrawn_at IS NULL;

ALTER TABLE agreements
    -- whether the partner's people may download the numbers of what they ordered, once, as an encrypted file
    ADD COLUMN numbers_as_file boolean NOT NULL DEFAULT false,
    -- whether they make and rotate keys of the partner API by themselves
    ADD COLUMN own_keys boolean NOT NULL DEFAULT false,
    -- whether somebody or some key of the partner has a limit of its own
    ADD COLUMN limits_spenders boolean NOT NULL DEFAULT false;

ALTER TABLE agreement_terms
    -- what is ordered in the portal above this waits for a second person of the partner; null: nothing does
    ADD COLUMN approval_above bigint CHECK (approval_above >= 0);

-- How much a person or a key of a partner may order in a month; decided under the lock of the agreement.
CREATE TABLE spending_limits (
    merchant_id uuid NOT NULL,
    -- a membership of the portal, or a key of the partner API
    spender_id uuid NOT NULL,
    currency text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    partner_id uuid NOT NULL,
    monthly bigint NOT NULL CHECK (monthly >= 0),
    -- the first day of the month that `spent` is of, in the merchant's calendar
    month date NOT NULL,
    spent bigint NOT NULL DEFAULT 0 CHECK (spent >= 0),
    PRIMARY KEY (merchant_id, spender_id, currency),
    FOREIGN KEY (merchant_id, partner_id) REFERENCES partners
);

CREATE INDEX spending_limits_of_partner ON spending_limits (merchant_id, partner_id);
"""


def upgrade() -> None:
    """Create the tables."""
    run(_SQL)
