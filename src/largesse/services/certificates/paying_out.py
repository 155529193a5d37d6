"""Pay out what is left of a certificate: at a counter, or to the state."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import law, merchants, orders, payments, staff
from largesse.domain.certificates import CertificateUnknown
from largesse.domain.law import CashOutAnswer, CashOutAsked, CashOutNotOwed, CashOutUnknown, MerchantLaw, Owed
from largesse.domain.orders import Order
from largesse.domain.staff import Audited
from largesse.kernel.currency import currency
from largesse.kernel.errors import LargesseError
from largesse.kernel.money import Money
from largesse.ledger import CashOut, Certificate, Entry, HandOver, Outcome, fingerprint
from largesse.services.certificates.dependencies import CertificateDependencies
from largesse.services.certificates.following import lock_followed
from largesse.services.certificates.presents import presents_of, take_presents_back
from largesse.services.certificates.requests import AT_HOME, Place, Request, Spot, said_of
from largesse.services.certificates.tenders import Payer, known_spot, paid_out_of


async def cash_out(
    deps: CertificateDependencies,
    place: Place,
    *,
    payer: Payer = Payer.DRAWER,
    spot: Spot = AT_HOME,
    unusable: bool = False,
    all_the_same: bool = False,
    request: Request,
    now: datetime,
) -> Outcome:
    """End a certificate and pay the face of what is left of it, by `payer` at a spot.

    Where the merchant goes by a law profile, this is for what that gives the holder; `all_the_same` pays out what it
    does not, unless the merchant has the profile refuse, and the audit log keeps it. `unusable` says that it cannot be
    used again. The profile is asked under the certificate's lock, and what happened before is told again. What came
    with a gift as a present goes with what is paid out of it, in proportion.

    Raises:
        CashOutNotOwed, CashOutUnknown: the law profile does not give it to the holder, or nobody knows.
        LocationClosed, DeviceRevoked: nothing new happens at that spot.
        LargesseError: the ledger refuses it: it may not be spent, is empty, held or promotional.
    """
    known, where = await known_spot(deps, place.merchant_id, spot, now=now)
    asked = ("cash-out", str(place.certificate_id), payer, request.actor, request.memo, *spot.asked)
    command = CashOut(
        **said_of(place, request, known),
        fingerprint=fingerprint(msgspec.json.encode(asked)),
        to=paid_out_of(payer, where),
    )

    async def work(connection: Connection) -> Outcome:
        gifts = await _gifts_on(connection, deps, place)
        presents = await presents_of(connection, gifts)
        locked = await lock_followed(connection, deps, place.merchant_id, list(presents), also=[place.certificate_id])
        standing, answer = locked.get(place.certificate_id), None
        if standing and not await deps.ledger.happened(connection, place.merchant_id, request.operation_id):
            if spot.refusal is not None:
                raise spot.refusal
            found = await law.law_of(connection, place.merchant_id)
            answer = await _answer(connection, deps, found, standing, unusable=unusable, now=now)
            if found and answer and (found.choice.refuses or not all_the_same):
                _refuse_unowed(answer)
        [done] = await deps.ledger.post(connection, [command], now=now)
        if isinstance(done, LargesseError):
            raise done
        for gift in gifts if standing and not done.replayed else ():
            await take_presents_back(
                deps,
                connection,
                gift,
                presents,
                locked.values(),
                gone=_face_of(standing, gift),
                memo=f"It came with order {gift.order_number}, whose rest was paid out.",
                request=request,
                now=now,
            )
        if payer is Payer.LATER and not done.replayed:
            owed = payments.owed_by_hand(
                place.merchant_id,
                request.operation_id,
                certificate_id=place.certificate_id,
                money=Money(done.value + done.gratuity, currency(done.currency)),
                now=now,
            )
            await payments.insert_refund(connection, owed)
        if answer and answer.owed is not Owed.YES and not done.replayed:
            await staff.record(
                connection,
                place.merchant_id,
                Audited.PAID_OUT_ALL_THE_SAME,
                subject=str(place.certificate_id),
                actor=request.actor,
                reason=answer.reason,
                now=now,
            )
        return done

    return await deps.retrying(work)


async def _gifts_on(connection: Connection, deps: CertificateDependencies, place: Place) -> list[Order]:
    """Return the orders that filled what is left of a certificate."""
    seen = await deps.ledger.find(connection, place.merchant_id, place.certificate_id)
    lots = () if seen is None else seen.lots
    numbers = {lot.order_number for lot in lots if lot.order_number is not None and not lot.is_empty}
    return list((await orders.find_by_numbers(connection, place.merchant_id, sorted(numbers))).values())


def _face_of(certificate: Certificate | None, order: Order) -> int:
    """Return what is left of an order on a certificate."""
    lots = () if certificate is None else certificate.lots
    return sum(lot.face for lot in lots if lot.order_number == order.order_number)


async def may_cash_out(
    deps: CertificateDependencies, place: Place, *, unusable: bool = False, now: datetime
) -> CashOutAnswer | None:
    """Return whether the law profile gives a holder the rest in money; None where the merchant goes by none.

    Raises:
        CertificateUnknown: there is no such certificate.
    """
    async with deps.database.connection() as connection:
        standing = await deps.ledger.find(connection, place.merchant_id, place.certificate_id)
        if standing is None:
            raise CertificateUnknown
        found = await law.law_of(connection, place.merchant_id)
        return await _answer(connection, deps, found, standing, unusable=unusable, now=now)


async def _answer(
    connection: Connection,
    deps: CertificateDependencies,
    found: MerchantLaw | None,
    standing: Certificate,
    *,
    unusable: bool,
    now: datetime,
) -> CashOutAnswer | None:
    if found is None:
        return None
    zone = (await merchants.merchant_of_id(connection, standing.merchant_id)).zone
    rows = await deps.ledger.statement(connection, standing.merchant_id, standing.certificate_id)
    left = standing.balance + standing.gratuity_balance
    money = currency(standing.currency)
    first = min((lot.first_issued_at for lot in standing.lots if not lot.is_empty), default=standing.issued_at)
    asked = CashOutAsked(
        left=Money(left, money),
        filled=Money(max(left, filled_in(rows)), money),
        issued_on=first.astimezone(zone).date(),
        today=now.astimezone(zone).date(),
        unusable=unusable,
    )
    return law.cash_out_answer(found.profile, asked)


def filled_in(rows: Sequence[Entry]) -> int:
    """Return how much was ever filled into a certificate: a lot never holds more than at its beginning."""
    faces, gratuities = dict[UUID, int](), dict[UUID, int]()
    for row in rows:
        if row.lot_id is not None:
            faces[row.lot_id] = max(faces.get(row.lot_id, 0), row.lot_face_after or 0)
            gratuities[row.lot_id] = max(gratuities.get(row.lot_id, 0), row.lot_gratuity_after or 0)
    return sum(faces.values()) + sum(gratuities.values())


def _refuse_unowed(answer: CashOutAnswer) -> None:
    if answer.owed is Owed.UNKNOWN:
        message = f"Whether the law asks for it to be paid out is unknown ({answer.reason})."
        raise CashOutUnknown(message)
    if answer.owed is Owed.NO:
        message = f"The law profile does not ask for it to be paid out ({answer.reason})."
        raise CashOutNotOwed(message)


async def hand_over(
    deps: CertificateDependencies, place: Place, *, share_ppm: int, request: Request, now: datetime
) -> Outcome:
    """End a certificate as unclaimed property, of which `share_ppm` millionths are owed to the state.

    Raises:
        LargesseError: the ledger refuses it: it has ended, is empty, held or promotional.
    """
    command = HandOver(**said_of(place, request), share_ppm=share_ppm)
    return await deps.ledger.submit(command, now=now)
