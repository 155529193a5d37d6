"""What partners owe for certificates names them: lots say whose, and what earlier rows left unsaid is turned.

Of each certificate whose rows have moved a partner's account without saying whose, two rows move what these come to
from nobody's account to the partner's, through the clearing account `transfers`.
"""

from largesse.db.migrations.row_format import CANONICAL, FUNCTIONS
from largesse.db.migrations.statements import require_closed_service, run

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_SQL = r"""
-- Whose each lot on account is: of the order that it came with, else of the certificate that was reloaded with it.
CREATE TEMPORARY TABLE owing ON COMMIT DROP AS
SELECT c.merchant_id, c.certificate_id, lot ->> 'lot_id' AS lot_id, ordered.partner_id
FROM certificates c
CROSS JOIN LATERAL jsonb_array_elements(c.lots) AS lot
LEFT JOIN LATERAL (
    SELECT reloaded.order_number
    FROM journal j
    JOIN certificates reloaded ON reloaded.merchant_id = j.merchant_id AND reloaded.certificate_id = j.subject_id
    WHERE j.merchant_id = c.merchant_id AND j.operation_id = (lot ->> 'filled_by')::uuid AND j.kind = 'reload'
    LIMIT 1
) AS came ON lot ->> 'order_number' IS NULL
JOIN orders ordered ON ordered.merchant_id = c.merchant_id
    AND ordered.order_number = coalesce(lot ->> 'order_number', came.order_number, c.order_number)
WHERE lot ->> 'source' = 'partner_receivable' AND ordered.partner_id IS NOT NULL;

UPDATE certificates c
SET lots = (
    SELECT jsonb_agg(CASE WHEN o.partner_id IS NULL THEN one.lot
        ELSE one.lot || jsonb_build_object('party_id', o.partner_id) END ORDER BY one.place)
    FROM jsonb_array_elements(c.lots) WITH ORDINALITY AS one (lot, place)
    LEFT JOIN owing o ON o.merchant_id = c.merchant_id AND o.certificate_id = c.certificate_id
        AND o.lot_id = one.lot ->> 'lot_id'
)
WHERE EXISTS (
    SELECT 1 FROM owing o WHERE o.merchant_id = c.merchant_id AND o.certificate_id = c.certificate_id
);

-- What rows have come to that do not say whose; those of a lot belong to its partner, others to that of the first lot.
CREATE TEMPORARY TABLE unsaid ON COMMIT DROP AS
SELECT merchant_id, certificate_id, partner_id, sum(amount) AS amount
FROM (
    SELECT
        j.merchant_id, j.subject_id AS certificate_id,
        coalesce(mine.partner_id, (
            SELECT o.partner_id FROM owing o
            WHERE o.merchant_id = j.merchant_id AND o.certificate_id = j.subject_id
            ORDER BY o.lot_id <> j.subject_id::text, o.lot_id
            LIMIT 1
        )) AS partner_id,
        CASE 'partner_receivable' WHEN j.debit THEN j.amount ELSE -j.amount END AS amount
    FROM journal j
    LEFT JOIN owing mine ON mine.merchant_id = j.merchant_id AND mine.certificate_id = j.subject_id
        AND mine.lot_id = j.lot_id::text
    WHERE j.subject_kind = 'certificate' AND j.party_id IS NULL AND 'partner_receivable' IN (j.debit, j.credit)
) AS moved
WHERE partner_id IS NOT NULL
GROUP BY merchant_id, certificate_id, partner_id
HAVING sum(amount) <> 0;

CREATE TEMPORARY TABLE turned ON COMMIT DROP AS
SELECT (jsonb_populate_record(NULL::journal, jsonb_build_object(
    'merchant_id', c.merchant_id, 'subject_id', c.certificate_id, 'subject_kind', 'certificate',
    'seq', c.seq + row_number() OVER (PARTITION BY c.merchant_id, c.certificate_id ORDER BY u.partner_id, side.line),
    'operation_id', u.operation_id, 'line', side.line, 'kind', 'convert', 'currency', c.currency,
    'debit', CASE WHEN side.debited THEN 'partner_receivable' ELSE 'transfers' END,
    'credit', CASE WHEN side.debited THEN 'transfers' ELSE 'partner_receivable' END,
    'amount', abs(u.amount), 'held_change', 0, 'balance_after', c.balance, 'held_after', c.held,
    'gratuity_after', c.gratuity_balance, 'gratuity_held_after', c.gratuity_held, 'status_after', c.status,
    'good_through_after', c.good_through, 'expires_at_after', c.expires_at, 'books_sale', b.books_sale,
    'legal_entity_id', b.legal_entity_id, 'location_id', b.location_id,
    'party_id', CASE WHEN side.named THEN u.partner_id END, 'actor', 'migration:0044',
    'fingerprint', '\x00000000000000000000000000000000',
    'effective_at', times.effective_at, 'recorded_at', times.recorded_at,
    'booked_on', (times.effective_at AT TIME ZONE b.time_zone - make_interval(hours => b.cut_off_hour))::date,
    'hash_format', 1
))).*
FROM (SELECT *, gen_random_uuid() AS operation_id FROM unsaid) AS u
JOIN certificates c USING (merchant_id, certificate_id)
JOIN books b USING (merchant_id)
CROSS JOIN LATERAL (
    SELECT recorded_at, greatest(recorded_at, c.effective_at, b.open_from) AS effective_at
    FROM (SELECT greatest(now(), b.sealed_through + interval '1 microsecond', c.recorded_at) AS recorded_at) AS clock
) AS times
-- the partner's account takes what nobody's is relieved of
CROSS JOIN LATERAL (VALUES (0, true, u.amount > 0), (1, false, u.amount < 0)) AS side (line, named, debited);

UPDATE turned t SET hash = linked.hash
FROM (
    SELECT r.merchant_id, r.subject_id, r.seq, pg_temp.chained(c.head,
        CANONICAL
    ) OVER (PARTITION BY r.merchant_id, r.subject_id ORDER BY r.seq) AS hash
    FROM turned r
    JOIN certificates c ON c.merchant_id = r.merchant_id AND c.certificate_id = r.subject_id
) AS linked
WHERE (t.merchant_id, t.subject_id, t.seq) = (linked.merchant_id, linked.subject_id, linked.seq);

INSERT INTO journal SELECT * FROM turned;

UPDATE certificates c
SET seq = last.seq, head = last.hash, effective_at = last.effective_at, recorded_at = last.recorded_at
FROM (
    SELECT DISTINCT ON (merchant_id, subject_id) * FROM turned ORDER BY merchant_id, subject_id, seq DESC
) AS last
WHERE c.merchant_id = last.merchant_id AND c.certificate_id = last.subject_id;
"""


def upgrade() -> None:
    """Give every lot and every sum of before its partner."""
    require_closed_service()
    run(FUNCTIONS)
    run(_SQL.replace("CANONICAL", CANONICAL))
