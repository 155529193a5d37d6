"""The dataset `deliveries`: what was sent to whom, and how far each sending is."""

from uuid import UUID

from largesse.db.dataset import Column, ColumnKind, Dataset
from largesse.kernel.paging import Period
from largesse.outbox.model import DeliveryStatus
from largesse.outbox.views import deliveries_export

_COLUMNS = (
    Column("occurred_at", ColumnKind.MOMENT),
    Column("event_id"),
    Column("kind"),
    Column("endpoint_id"),
    Column("format"),
    Column("status"),
    Column("attempts", ColumnKind.NUMBER),
    Column("next_attempt_at", ColumnKind.MOMENT),
    Column("settled_at", ColumnKind.MOMENT),
)


def deliveries_dataset(
    merchant_id: UUID,
    *,
    zone: str,
    occurred: Period,
    endpoint_id: UUID | None = None,
    status: DeliveryStatus | None = None,
) -> Dataset:
    """Return the dataset of a merchant's deliveries, endpoint by endpoint in the order in which things happened."""
    query, args = deliveries_export(merchant_id, period=occurred, endpoint_id=endpoint_id, status=status)
    return Dataset(
        name="deliveries",
        query=query,
        args=tuple(args),
        columns=_COLUMNS,
        order=("endpoint_id", "event_id"),
        zone=zone,
    )
