"""Lots say where they were filled, and in the books of which legal entity they stand: as their first row does."""

from largesse.db.migrations.statements import require_closed_service, run

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None

_SQL = """
UPDATE certificates c
SET lots = (
    SELECT jsonb_agg(one.lot || coalesce((
        SELECT jsonb_build_object('location_id', j.location_id, 'legal_entity_id', j.legal_entity_id)
        FROM journal j
        WHERE j.merchant_id = c.merchant_id AND j.subject_id = c.certificate_id
            AND j.lot_id = (one.lot ->> 'lot_id')::uuid
        ORDER BY j.seq
        LIMIT 1
    ), '{}') ORDER BY one.place)
    FROM jsonb_array_elements(c.lots) WITH ORDINALITY AS one (lot, place)
)
WHERE jsonb_array_length(c.lots) > 0;
"""


def upgrade() -> None:
    """Complete the lots."""
    require_closed_service()
    run(_SQL)
