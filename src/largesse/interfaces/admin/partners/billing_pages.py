"""`/admin/{slug}/partners/{partner_id}/billing`: what invoices to a partner say of it, and where they go."""

from collections.abc import Sequence

from litestar.handlers import HTTPRouteHandler
from msgspec.structs import asdict

from largesse.interfaces.admin.front import Caller, StaffFront
from largesse.interfaces.admin.office.acts import ActSubject, act_routes
from largesse.interfaces.admin.partners.partner_pages import BACK, ONE, known_partner
from largesse.interfaces.admin.settings.frame import version_of
from largesse.interfaces.admin.settings.invoice_acts import BILLING, BillingOf


async def _find(front: StaffFront, caller: Caller) -> ActSubject:
    known = await known_partner(front, caller)
    partner = known.partner
    return BillingOf(
        subject_id=partner.partner_id,
        version=version_of(asdict(known.billing)),
        path=f"/partners/{partner.partner_id}",
        section=partner.name,
        name=partner.name,
        partner=partner,
        details=known.billing,
    )


def billing_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of a partner's billing details."""
    return act_routes(front, [BILLING], _find, path=ONE, here=BACK)
