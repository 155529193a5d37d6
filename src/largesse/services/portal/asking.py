"""Ask a merchant for an agreement or a change of it, and answer that by mail."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import portal, staff
from largesse.domain.merchants import Merchant
from largesse.domain.portal import (
    ASKINGS_A_DAY,
    ASKINGS_MAX,
    ORGANISATION_MAX,
    QUESTION_MAX,
    PartnerAsking,
    PartnerAskingAnswered,
    PartnerAskingInvalid,
    PartnerAskingKnown,
    PartnerAskingOften,
    PartnerAskingsFull,
)
from largesse.domain.staff import Act, ActRefused, Audited, Person, may
from largesse.kernel import free_text
from largesse.kernel.errors import FieldError, InvalidInput
from largesse.kernel.ids import derived_id, new_id
from largesse.kernel.mail import read_email
from largesse.services.portal.standing import ActsFor
from largesse.services.staff import Manager, StaffMailDue, StaffMailPurpose, queue_mail

_NAME_MAX: Final = 120
_DAY: Final = timedelta(days=1)


class AgreementAsked(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody without an agreement types."""

    organisation: str
    name: str
    email: str
    question: str
    language: str


async def ask_for_agreement(
    connection: Connection, merchant: Merchant, asks: AgreementAsked, *, asking_id: UUID, now: datetime
) -> PartnerAsking:
    """Keep that somebody asks for an agreement; the same form again is the same.

    Raises:
        PartnerAskingInvalid: something is missing or too long, by field.
        PartnerAskingKnown: the form was sent before, and said something else.
        PartnerAskingOften: this address has asked five times within a day.
        PartnerAskingsFull: too much waits already.
    """
    asking = PartnerAsking(
        merchant_id=merchant.merchant_id,
        asking_id=asking_id,
        organisation=free_text.one_line(asks.organisation),
        name=free_text.one_line(asks.name),
        email=asks.email.strip(),
        question=asks.question.strip(),
        language=asks.language,
        made_at=now,
    )
    return await _kept(connection, asking)


async def ask_for_change(
    connection: Connection, acts: ActsFor, person: Person, question: str, *, asking_id: UUID, now: datetime
) -> PartnerAsking:
    """Keep that somebody of a partner asks for a change of its agreement.

    Raises:
        PartnerAskingInvalid: nothing is said, or too much.
        PartnerAskingKnown: the form was sent before, and said something else.
        PartnerAskingOften: they have asked five times within a day.
        PartnerAskingsFull: too much waits already.
    """
    asking = PartnerAsking(
        merchant_id=acts.merchant.merchant_id,
        asking_id=derived_id("partner asking", acts.member.membership_id, asking_id),
        partner_id=acts.partner.partner_id,
        organisation=acts.partner.name,
        name=person.name,
        email=person.email,
        question=question.strip(),
        language=person.language,
        made_at=now,
    )
    return await _kept(connection, asking)


async def answer_asking(
    connection: Connection, merchant: Merchant, asking_id: UUID, answer: str, *, by: Manager, now: datetime
) -> PartnerAsking:
    """Answer what somebody asked for, by mail to who asked; audited, and once.

    Raises:
        ActRefused: the role does not allow it.
        PartnerAskingAnswered: somebody was quicker.
        PartnerAskingInvalid: nothing is answered, or too much.
        PartnerAskingUnknown: there is nothing of that id.
    """
    if by.role is not None and not may(by.role, Act.PARTNERS_EDIT):
        raise ActRefused(Act.PARTNERS_EDIT.value)
    asking = await portal.lock_asking(connection, merchant.merchant_id, asking_id)
    if asking.answered_at is not None:
        raise PartnerAskingAnswered
    said = answer.strip()
    if not 1 <= len(said) <= QUESTION_MAX:
        raise PartnerAskingInvalid(fields=[_length("answer", QUESTION_MAX)])
    await portal.answer_asking(connection, asking, said, by=by.actor, now=now)
    mail = StaffMailDue(
        mail_id=new_id(now),
        purpose=StaffMailPurpose.PARTNER_ANSWERED,
        address=asking.email,
        name=asking.name,
        locale=asking.language,
        subject_id=asking_id,
        about=said,
        place=asking.organisation,
        code=str(asking.partner_id) if asking.partner_id else "",
    )
    await queue_mail(connection, merchant.merchant_id, mail, now=now)
    await staff.record(
        connection,
        merchant.merchant_id,
        Audited.PARTNER_ANSWERED,
        subject=str(asking_id),
        actor=by.actor,
        reason=asking.organisation,
        now=now,
    )
    return asking


async def _kept(connection: Connection, asking: PartnerAsking) -> PartnerAsking:
    key = asking.merchant_id, asking.asking_id
    known = await portal.find_asking(connection, *key)
    if known is None:
        await _let_in(connection, asking)
        await portal.insert_asking(connection, asking)
        known = await portal.find_asking(connection, *key)  # the same form may have been quicker from elsewhere
    if known is None or _typed(known) != _typed(asking):
        raise PartnerAskingKnown
    return known


async def _let_in(connection: Connection, asking: PartnerAsking) -> None:
    faults = list(_faults(asking))
    if faults:
        raise PartnerAskingInvalid(fields=faults)
    if await portal.count_askings_of(connection, asking, since=asking.made_at - _DAY) >= ASKINGS_A_DAY:
        raise PartnerAskingOften
    if await portal.count_askings(connection, asking.merchant_id) >= ASKINGS_MAX:
        raise PartnerAskingsFull


def _typed(asking: PartnerAsking) -> tuple[str, ...]:
    """Return what a form says; who a partner's people are is no part of theirs."""
    if asking.partner_id is not None:
        return (asking.question,)
    return asking.organisation, asking.name, asking.email, asking.question


def _faults(asking: PartnerAsking) -> Iterator[FieldError]:
    for field, text, most in (
        ("organisation", asking.organisation, ORGANISATION_MAX),
        ("name", asking.name, _NAME_MAX),
        ("question", asking.question, QUESTION_MAX),
    ):
        if not 1 <= len(text) <= most:
            yield _length(field, most)
    try:
        read_email(asking.email)
    except InvalidInput as wrong:
        yield FieldError("email", wrong.code, wrong.message)


def _length(field: str, most: int) -> FieldError:
    return FieldError(field, "asking.length", f"Write 1 to {most} characters.")
