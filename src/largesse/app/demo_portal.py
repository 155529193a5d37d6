"""Who acts for the demo's partner in the portal: one person of each role; what they sign in with is in `demo.json`."""

import secrets
from collections.abc import Sequence
from datetime import datetime
from typing import Final

import pyotp

from largesse.app.application import Application
from largesse.app.demo_staff import DemoPerson
from largesse.db import Connection
from largesse.domain import portal, staff
from largesse.domain.merchants import Merchant
from largesse.domain.partners import Partner
from largesse.domain.portal import PartnerMember, PartnerRole
from largesse.domain.staff import new_totp_secret
from largesse.kernel.ids import new_id

PEOPLE: Final = (
    (PartnerRole.ORDERER, "Oscar Orderer"),
    (PartnerRole.APPROVER, "Anna Approver"),
    (PartnerRole.FINANCE, "Fiona Finance"),
)
_AGENT: Final = "Demo"


async def people(
    application: Application,
    connection: Connection,
    merchant: Merchant,
    partner: Partner,
    known: Sequence[DemoPerson],
    *,
    now: datetime,
) -> tuple[DemoPerson, ...]:
    """Return who acts for the partner: those that the file knows and who still stand, else new ones."""
    by_role = {one.role: one for one in known}
    found = list[DemoPerson]()
    for role, name in PEOPLE:
        before = by_role.get(role.value)
        if before is not None and await staff.person_of_email(connection, before.email) is not None:
            found.append(before)
        else:
            found.append(await _comes(application, connection, merchant, partner, (role, name), now=now))
    return tuple(found)


async def _comes(
    application: Application,
    connection: Connection,
    merchant: Merchant,
    partner: Partner,
    who: tuple[PartnerRole, str],
    *,
    now: datetime,
) -> DemoPerson:
    """Let somebody act for the partner as if they had accepted an invitation, without the mail of it."""
    role, name = who
    email, password, secret = f"{role.value}@partner.demo.example", secrets.token_urlsafe(12), new_totp_secret()
    person = await staff.create_person(connection, email, name, language=merchant.language, now=now)
    await staff.set_password(connection, person.person_id, await application.passwords.hashed(password))
    await staff.set_authenticator(
        connection, application.keyring, person.person_id, secret, pyotp.TOTP(secret).at(now), now=now
    )
    member = PartnerMember(
        merchant_id=merchant.merchant_id,
        membership_id=new_id(now),
        partner_id=partner.partner_id,
        person_id=person.person_id,
        role=role,
        made_at=now,
        agent=_AGENT,
    )
    await portal.insert_member(connection, member)
    return DemoPerson(role=role.value, name=name, email=email, password=password, totp_secret=secret, pin="")
