"""A desk at a counter: of a merchant's first location, with a clerk at it."""

from uuid import UUID

from largesse.app.application import Application
from largesse.domain.merchants import Merchant
from largesse.services.counter import Desk
from tests.builders.application import NOW

CLERK = "person:018f0000-0000-7000-8000-00000000000b"


async def a_desk(
    application: Application,
    merchant: Merchant,
    *,
    location_id: UUID | None = None,
    device_id: UUID | None = None,
    actor: str = CLERK,
) -> Desk:
    """A place at a counter, as a page makes it."""
    where = await application.locator.where(merchant.merchant_id, location_id, now=NOW)
    return Desk(merchant=merchant, where=where, device_id=device_id, actor=actor)
