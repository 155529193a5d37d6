"""What is told once has a key of its own, so that the ids of all events are ordered by time."""

from largesse.db.migrations.statements import run

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

SCRIPT = """
-- What was told and must not be told again, whatever became of the event since.
CREATE TABLE published_once (
    merchant_id uuid NOT NULL REFERENCES merchants,
    -- derived from what is told
    once_id uuid NOT NULL,
    event_id uuid NOT NULL,
    PRIMARY KEY (merchant_id, once_id)
);

-- Until now these two kinds were named by what they tell, not by when.
CREATE TEMPORARY TABLE renamed ON COMMIT DROP AS
SELECT merchant_id, event_id AS was, kind,
    (lpad(to_hex(floor(extract(epoch FROM occurred_at) * 1000)::bigint), 12, '0') || '7' || left(md5(event_id::text), 3)
        || '8' || substr(md5(event_id::text), 4, 15))::uuid AS event_id
FROM events WHERE kind IN ('certificate.expiring', 'order.refunded') AND substr(event_id::text, 15, 1) = '8';

INSERT INTO published_once (merchant_id, once_id, event_id)
SELECT merchant_id, was, event_id FROM renamed WHERE kind = 'certificate.expiring';

UPDATE attempts SET event_id = renamed.event_id
FROM renamed WHERE attempts.merchant_id = renamed.merchant_id AND attempts.event_id = renamed.was;

UPDATE deliveries SET event_id = renamed.event_id
FROM renamed WHERE deliveries.merchant_id = renamed.merchant_id AND deliveries.event_id = renamed.was;

UPDATE events SET event_id = renamed.event_id
FROM renamed WHERE events.merchant_id = renamed.merchant_id AND events.event_id = renamed.was;
"""


def upgrade() -> None:
    """Create the table, and give events that stand an id of their time."""
    run(SCRIPT)
