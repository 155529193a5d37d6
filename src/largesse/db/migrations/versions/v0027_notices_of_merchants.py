"""Notices of gateways belong to the merchant whose account they came from, payments to the account that took them."""

from largesse.db.migrations.statements import run

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

# What came before is divided: where a notice says whose it is, or its payment does, it is the merchant's. The rest
# stays in the inbox of the account that all merchants share.
_SQL = """
ALTER TABLE payments ADD COLUMN account_id uuid;

ALTER TABLE gateway_notices RENAME TO gateway_inbox;

ALTER INDEX gateway_notices_pkey RENAME TO gateway_inbox_pkey;

ALTER INDEX gateway_notices_due RENAME TO gateway_inbox_due;

ALTER INDEX gateway_notices_by_age RENAME TO gateway_inbox_by_age;

DROP INDEX gateway_notices_of_payment;

-- What gateways told of a merchant's payments, written down before they are answered.
CREATE TABLE gateway_notices (
    merchant_id uuid NOT NULL,
    -- the merchant's account that it came from; zeros: the installation's, or a gateway without accounts
    account_id uuid NOT NULL,
    gateway text NOT NULL CHECK (char_length(gateway) <= 20),
    notice_id text NOT NULL CHECK (char_length(notice_id) BETWEEN 1 AND 255),
    -- see domain/payments/model.py: ids and amounts, nothing of the buyer
    notice jsonb NOT NULL,
    -- waiting: to be taken up; done: it was; unclaimed: about a payment that is not ours
    status text NOT NULL CHECK (status IN ('waiting', 'done', 'unclaimed')),
    -- what it changed, in a word
    outcome text CHECK (char_length(outcome) <= 200),
    -- the payment that it spoke of
    payment_id uuid,
    attempts integer NOT NULL DEFAULT 0 CHECK (attempts >= 0),
    received_at timestamptz NOT NULL,
    next_attempt_at timestamptz NOT NULL,
    PRIMARY KEY (merchant_id, account_id, gateway, notice_id)
);

INSERT INTO gateway_notices (
    merchant_id, account_id, gateway, notice_id, notice, status, outcome, payment_id, attempts, received_at,
    next_attempt_at
)
SELECT whose.merchant_id, '00000000-0000-0000-0000-000000000000', gateway, notice_id, notice, status, outcome,
    payment_id, attempts, received_at, next_attempt_at
FROM gateway_inbox AS told
CROSS JOIN LATERAL (
    SELECT coalesce(
        told.merchant_id,
        (SELECT merchant_id FROM merchants WHERE merchant_id::text = told.notice->>'merchant_id'),
        (
            SELECT merchant_id FROM payments AS p
            WHERE p.gateway = told.gateway AND p.reference = told.notice->>'reference' LIMIT 1
        ),
        (
            SELECT merchant_id FROM payments AS p
            WHERE p.gateway = told.gateway AND p.intent = told.notice->>'intent' LIMIT 1
        )
    ) AS merchant_id
) AS whose
WHERE whose.merchant_id IS NOT NULL;

DELETE FROM gateway_inbox AS told
WHERE EXISTS (
    SELECT 1 FROM gateway_notices AS kept WHERE kept.gateway = told.gateway AND kept.notice_id = told.notice_id
);

ALTER TABLE gateway_inbox DROP COLUMN merchant_id, DROP COLUMN payment_id;

CREATE INDEX gateway_notices_due ON gateway_notices (merchant_id, next_attempt_at) WHERE status = 'waiting';

CREATE INDEX gateway_notices_of_payment ON gateway_notices (merchant_id, payment_id) WHERE payment_id IS NOT NULL;

CREATE INDEX gateway_notices_by_age ON gateway_notices (merchant_id, received_at);
"""


def upgrade() -> None:
    """Divide the table."""
    run(_SQL)
