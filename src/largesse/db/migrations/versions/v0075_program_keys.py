"""Keys of merchants' own programs, and sandboxes: merchants that nobody meets at a live interface."""

from largesse.db.migrations.statements import run

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None

_SQL = """
-- A sandbox is a merchant of its own, of a live one or of nobody; what it is never changes.
ALTER TABLE merchants
    ADD COLUMN kind text NOT NULL DEFAULT 'live' CHECK (kind IN ('live', 'sandbox')),
    ADD COLUMN parent_id uuid REFERENCES merchants;

-- A sandbox's prefix has a form that no live merchant's can have: a digit, then five symbols.
ALTER TABLE merchants DROP CONSTRAINT merchants_prefix_check;
ALTER TABLE merchants ADD CONSTRAINT merchants_prefix_check CHECK (
    (kind = 'live' AND prefix ~ '^[A-Z]{1,4}$' AND parent_id IS NULL)
    OR (kind = 'sandbox' AND prefix ~ '^[0-9][0-9A-HJKMNP-TV-Z]{5}$')
);

CREATE UNIQUE INDEX merchants_sandbox ON merchants (parent_id) WHERE parent_id IS NOT NULL;

ALTER TABLE routes DROP CONSTRAINT routes_kind_check;
ALTER TABLE routes ADD CONSTRAINT routes_kind_check CHECK (kind IN ('api_key', 'order_number', 'program_key'));

CREATE TABLE program_keys (
    merchant_id uuid NOT NULL REFERENCES merchants,
    key_id uuid NOT NULL,
    -- what journal and audit log call the program: the same before and after its key was rotated
    program_id uuid NOT NULL,
    digest bytea NOT NULL CHECK (octet_length(digest) = 32),
    -- its last four characters
    hint text NOT NULL CHECK (char_length(hint) = 4),
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 60),
    live boolean NOT NULL,
    scopes text[] NOT NULL,
    made_by text NOT NULL CHECK (char_length(made_by) BETWEEN 1 AND 120),
    made_at timestamptz NOT NULL,
    expires_at timestamptz,
    -- since when another one stands in for it
    replaced_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    PRIMARY KEY (merchant_id, key_id),
    UNIQUE (merchant_id, digest)
);
"""


def upgrade() -> None:
    """Create the table, and let merchants be sandboxes."""
    run(_SQL)
