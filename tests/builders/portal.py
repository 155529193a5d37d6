"""People who act for a partner in the portal, with all that they sign in with."""

from datetime import datetime, timedelta

import msgspec

from largesse.app.application import Application
from largesse.domain import portal, staff
from largesse.domain.merchants import Merchant
from largesse.domain.partners import Partner
from largesse.domain.portal import PartnerMember, PartnerRole
from largesse.domain.staff import Person, new_totp_secret
from largesse.services import portal as services
from largesse.services.staff import Manager, SignedIn, partner_invitation_address
from tests.builders.application import NOW
from tests.builders.staff import BROWSER, OPERATOR, sign_in_of


class Colleague(msgspec.Struct, frozen=True, kw_only=True):
    """Somebody who acts for a partner."""

    person: Person
    member: PartnerMember
    secret: str


def invitation_token(application: Application, invitation: portal.PartnerInvitation) -> str:
    """What stands in the link of an invitation."""
    address = partner_invitation_address(application, invitation.merchant_id, invitation.invitation_id)
    return address.partition("token=")[2]


async def a_colleague(
    application: Application,
    merchant: Merchant,
    partner: Partner,
    *,
    email: str = "olga@hotel.example",
    name: str = "Olga",
    role: PartnerRole = PartnerRole.ORDERER,
    by: Manager = OPERATOR,
    now: datetime = NOW - timedelta(days=2),
) -> Colleague:
    """Somebody who was invited and accepted two days ago."""
    invitation = await services.invite_person(application, merchant, partner, email, role, by=by, now=now)
    token, secret = invitation_token(application, invitation), new_totp_secret()
    wanted = sign_in_of(application, token, secret, name=name, now=now)
    begun = await services.accept_with_new_sign_in(application, token, wanted, BROWSER, now=now)
    async with application.database.connection() as connection:
        member, _ = await services.find_person(connection, partner, email)
    return Colleague(person=begun.person, member=member, secret=secret)


async def a_session_for(
    application: Application, colleague: Colleague, *, stepped_up: bool = True, now: datetime = NOW
) -> SignedIn:
    """A session of theirs, made on the database; by default they have just shown again who they are."""
    async with application.database.transaction() as connection:
        session, _ = await staff.begin_session(
            connection, colleague.person.person_id, agent=BROWSER.agent, address=BROWSER.address, now=now
        )
        session, token = await staff.sign_in(connection, session, now=now)
        if stepped_up:
            session, token = await staff.step_up(connection, session, colleague.member.partner_id, now=now)
    return SignedIn(session=session, token=token)
