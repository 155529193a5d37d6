"""`/partner`: the portal of partners. It stands beside the office, because people sign in to both alike."""

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from litestar.handlers import HTTPRouteHandler

from largesse.domain.staff import StaffSession
from largesse.interfaces.admin.dependencies import AdminDependencies
from largesse.interfaces.admin.invitation_pages import ShownInvitation, Welcomed, invitation_routes
from largesse.interfaces.admin.own_pages import own_routes
from largesse.interfaces.admin.partners.wording import partner_roles
from largesse.interfaces.admin.password_pages import password_routes
from largesse.interfaces.admin.portal.batch_pages import batch_routes
from largesse.interfaces.admin.portal.care_pages import care_routes
from largesse.interfaces.admin.portal.front import NAMED, PortalFront
from largesse.interfaces.admin.portal.home_pages import home_routes
from largesse.interfaces.admin.portal.invoice_pages import portal_invoice_routes
from largesse.interfaces.admin.portal.key_pages import key_routes
from largesse.interfaces.admin.portal.order_pages import order_routes
from largesse.interfaces.admin.sign_in_pages import sign_in_routes
from largesse.services import portal as services
from largesse.services.staff import Browser, NewSignIn
from largesse.ui import Templates, Voice

FOLDER = Path(__file__).parent  # its templates and words


class InvitingPartners:
    """Invitations to act for a partner."""

    def __init__(self, deps: AdminDependencies) -> None:
        self._deps = deps

    async def find(self, token: str, voice: Voice, *, now: datetime) -> ShownInvitation:
        """Return the invitation of a link."""
        invited = await services.look_at_invitation(self._deps, token, now=now)
        role = partner_roles(voice)[invited.invitation.role.value]
        email, whom = invited.invitation.email, invited.partner.name
        return ShownInvitation(email=email, whom=whom, role=role, is_known=invited.is_known)

    async def accept_signed_in(self, token: str, session: StaffSession, browser: Browser, *, now: datetime) -> None:
        """Accept by somebody who has signed in."""
        await services.accept_signed_in(self._deps, token, session, browser, now=now)

    async def accept_new(self, token: str, wanted: NewSignIn, browser: Browser, *, now: datetime) -> Welcomed:
        """Accept by somebody new."""
        begun = await services.accept_with_new_sign_in(self._deps, token, wanted, browser, now=now)
        return Welcomed(token=begun.token, recovery_codes=begun.recovery_codes)


def portal_routes(deps: AdminDependencies, templates: Templates, *, demo: bool = False) -> Sequence[HTTPRouteHandler]:
    """Return the routes of the portal; each says in its `opt` who may come."""
    front = PortalFront(deps, templates, demo=demo)
    return [
        *home_routes(front),
        *sign_in_routes(front, named=NAMED),
        *password_routes(front),
        *invitation_routes(front, InvitingPartners(deps)),
        *own_routes(front),
        *order_routes(front),
        *batch_routes(front),
        *care_routes(front),
        *portal_invoice_routes(front),
        *key_routes(front),
    ]
