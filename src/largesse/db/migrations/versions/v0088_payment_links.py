"""Links that are mailed to whoever is to pay for an order: until when it waits for them."""

from largesse.db.migrations.statements import run

revision = "0088"
down_revision = "0087"
branch_labels = None
depends_on = None

_SQL = """
CREATE TABLE payment_links (
    merchant_id uuid NOT NULL,
    checkout_id uuid NOT NULL,
    ends_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, checkout_id)
);

-- What somebody looks at again and again in a list of the office, under a name of their own.
CREATE TABLE saved_views (
    merchant_id uuid NOT NULL,
    view_id uuid NOT NULL,
    person_id uuid NOT NULL,
    list text NOT NULL CHECK (char_length(list) BETWEEN 1 AND 40),
    name text NOT NULL CHECK (char_length(name) BETWEEN 1 AND 60),
    -- what stands in the address behind the question mark; it names nobody
    query text NOT NULL CHECK (char_length(query) <= 1000),
    saved_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, view_id)
);

CREATE UNIQUE INDEX saved_views_by_name ON saved_views (merchant_id, person_id, list, lower(name));
"""


def upgrade() -> None:
    """Create the tables."""
    run(_SQL)
