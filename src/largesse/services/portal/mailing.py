"""Mails to people of a partner about what is ordered: to approvers that something waits, to the orderer what came."""

from datetime import datetime

from largesse.db import Connection
from largesse.domain import portal, staff
from largesse.domain.partners import Partner
from largesse.domain.portal import PartnerRole, PortalBatch
from largesse.services.portal.standing import ActsFor
from largesse.services.staff import StaffMailPurpose, mail_person


async def mail_approvers(connection: Connection, batch: PortalBatch, acts: ActsFor, *, now: datetime) -> None:
    """Mail everybody who may approve for the partner, but who ordered, that something waits."""
    members = await portal.members_of_partner(connection, batch.merchant_id, batch.partner_id)
    able = [one for one in members if one.role is PartnerRole.APPROVER and one.person_id != batch.person_id]
    people = await staff.persons_of_ids(connection, [batch.person_id, *(one.person_id for one in able)])
    for one in able:
        await mail_person(
            connection,
            people[one.person_id],
            StaffMailPurpose.PARTNER_WAITING,
            subject_id=batch.batch_id,
            about=people[batch.person_id].name,
            place=acts.partner.name,
            code=str(batch.partner_id),
            merchant_id=batch.merchant_id,
            now=now,
        )


async def mail_orderer(
    connection: Connection, batch: PortalBatch, partner: Partner, purpose: StaffMailPurpose, *, now: datetime
) -> None:
    """Mail whoever ordered what came of it."""
    person = await staff.person_of_id(connection, batch.person_id)
    if person is not None:
        await mail_person(
            connection,
            person,
            purpose,
            subject_id=batch.batch_id,
            about=batch.state.value,
            place=partner.name,
            code=str(batch.partner_id),
            merchant_id=batch.merchant_id,
            now=now,
        )
