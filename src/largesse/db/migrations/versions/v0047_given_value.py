"""What was given away stands outside the liability: what is left of it is turned here, certificate by certificate.

Rows of before stay as they are: an expense when it was given, revenue when it was used. A `convert` row takes back the
expense of what is left, and another grants it beside the liability. It runs with the service closed, since a process of
before would spend from the liability what no longer stands there.
"""

from largesse.db.migrations.row_format import CANONICAL, FUNCTIONS
from largesse.db.migrations.statements import require_closed_service, run

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None

_SQL = """
CREATE TEMPORARY TABLE turned (LIKE journal) ON COMMIT DROP;
ALTER TABLE turned ALTER COLUMN hash DROP NOT NULL;

INSERT INTO turned (merchant_id, subject_id, subject_kind, seq, operation_id, line, kind, leg, currency, debit, credit,
    amount, held_change, balance_after, held_after, gratuity_after, gratuity_held_after, status_after,
    good_through_after, expires_at_after, lot_id, lot_face_after, lot_gratuity_after, lot_discount_after,
    lot_included_tax_after, lot_added_tax_after, books_sale, legal_entity_id, location_id, actor, fingerprint,
    effective_at, recorded_at, booked_on, hash_format)
SELECT
    c.merchant_id, c.certificate_id, 'certificate', c.seq + row_number() OVER steps, c.operation_id,
    row_number() OVER steps - 1, 'convert', step.leg, c.currency, step.debit, step.credit, step.amount, 0,
    c.balance + sum(CASE WHEN step.leg = 'value' THEN step.change ELSE 0 END) OVER steps, c.held,
    c.gratuity_balance + sum(CASE WHEN step.leg = 'gratuity' THEN step.change ELSE 0 END) OVER steps, c.gratuity_held,
    c.status, c.good_through, c.expires_at, lot.lot_id,
    lot.face + CASE WHEN step.leg = 'value' THEN greatest(step.change, 0) ELSE 0 END,
    lot.gratuity + CASE WHEN step.leg = 'gratuity' THEN greatest(step.change, 0) ELSE 0 END,
    0, 0, 0, c.books_sale, c.legal_entity_id, c.location_id, 'migration:0047', decode(repeat('00', 16), 'hex'),
    c.effective_at, c.recorded_at,
    (c.effective_at AT TIME ZONE c.time_zone - make_interval(hours => c.cut_off_hour))::date, 1
FROM (
    SELECT
        s.merchant_id, s.certificate_id, s.currency, s.balance, s.held, s.gratuity_balance, s.gratuity_held, s.status,
        s.good_through, s.expires_at, s.seq, s.lots, b.books_sale, b.legal_entity_id, b.location_id,
        b.time_zone, b.cut_off_hour, gen_random_uuid() AS operation_id,
        greatest(now(), b.sealed_through + interval '1 microsecond', s.recorded_at) AS recorded_at,
        greatest(now(), b.sealed_through + interval '1 microsecond', s.recorded_at, s.effective_at, b.open_from)
            AS effective_at
    FROM certificates s
    JOIN books b ON b.merchant_id = s.merchant_id
    WHERE s.class_of_value = 'promotional' AND (s.balance > 0 OR s.gratuity_balance > 0)
) AS c
CROSS JOIN LATERAL (
    SELECT
        place, (one ->> 'lot_id')::uuid AS lot_id, coalesce((one ->> 'face')::bigint, 0) AS face,
        coalesce((one ->> 'gratuity')::bigint, 0) AS gratuity
    FROM jsonb_array_elements(c.lots) WITH ORDINALITY AS told (one, place)
) AS lot
CROSS JOIN LATERAL (VALUES
    -- granted before it is taken back, so that what is held is always covered
    (1, 'value', 'promotions_granted', 'promotional_outstanding', lot.face, lot.face),
    (2, 'value', 'certificates_outstanding', 'promotions', lot.face, -lot.face),
    (3, 'gratuity', 'promotions_granted', 'promotional_outstanding', lot.gratuity, lot.gratuity),
    (4, 'gratuity', 'certificates_outstanding', 'promotions', lot.gratuity, -lot.gratuity)
) AS step (number, leg, debit, credit, amount, change)
WHERE step.amount > 0
WINDOW steps AS (PARTITION BY c.merchant_id, c.certificate_id ORDER BY lot.place, step.number);

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
    """Turn what is left of what was given away."""
    require_closed_service()
    run(FUNCTIONS)
    run(_SQL.replace("CANONICAL", CANONICAL))
