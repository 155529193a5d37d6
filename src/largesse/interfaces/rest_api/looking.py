"""Look certificates up: by id, by number in the body, as of a moment, with what happened to them."""

from datetime import datetime
from typing import Annotated
from uuid import UUID

import msgspec
from msgspec import Meta

from largesse.domain import certificates, orders
from largesse.domain.certificates import CertificateUnknown
from largesse.domain.programs import KeyScope
from largesse.interfaces.rest_api.messages import (
    AboutCertificate,
    CertificateShown,
    EntryShown,
    HoldShown,
    LotShown,
    OrderNamed,
)
from largesse.interfaces.rest_api.places import named, place_of
from largesse.interfaces.rest_api.reading import INVALID, RequestInvalid
from largesse.interfaces.rest_api.routing import RestAnswer, RestCaller, RestRoute, reading
from largesse.kernel.currency import Currency, currency
from largesse.kernel.errors import FieldError
from largesse.kernel.money import plain
from largesse.ledger import Certificate, Entry, Hold
from largesse.services.certificates import Located, locate_id

_SCOPE = KeyScope.CERTIFICATES_READ
_EXPANSIONS = frozenset({"history", "holds", "lots", "orders"})
_HISTORY_MAX = 50


class CertificateAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What may be asked of a certificate in the query."""

    as_of: Annotated[datetime, Meta(tz=True, description="How it stood then.")] | None = None
    expand: Annotated[str, Meta(max_length=40, description="history, holds, lots, orders; several with commas.")] = ""


class LookUpAsked(AboutCertificate, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Look a certificate up by its number, which stands in no address."""

    expand: Annotated[list[str], Meta(max_length=4)] = []  # noqa: RUF012 - msgspec copies it


class HistoryAsked(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Which part of a certificate's journal: the rows after a sequence."""

    after: Annotated[int, Meta(ge=0, le=2**62, description="The sequence of the last row that you have.")] = 0
    limit: Annotated[int, Meta(ge=1, le=200)] = 50


class HistoryShown(msgspec.Struct, frozen=True, kw_only=True):
    """Rows of a certificate's journal, the oldest first."""

    data: list[EntryShown]
    has_more: bool


async def show(caller: RestCaller) -> RestAnswer:
    """Show a certificate by its id."""
    asked: CertificateAsked = caller.parameters
    expand = _expansions([one for one in asked.expand.split(",") if one], "?expand")
    if asked.as_of is not None and asked.as_of < caller.now:
        return await _show_as_of(caller, asked.as_of)
    return await _show(caller, caller.ids["certificate_id"], expand)


async def look_up(caller: RestCaller) -> RestAnswer:
    """Show a certificate by its number."""
    asked: LookUpAsked = caller.body
    named(asked)
    place = await place_of(caller, asked)
    return await _show(caller, place.certificate_id, _expansions(asked.expand, "/expand"))


async def history(caller: RestCaller) -> RestAnswer:
    """Show the journal of a certificate."""
    asked: HistoryAsked = caller.parameters
    found = await locate_id(caller.deps, caller.merchant, caller.ids["certificate_id"])
    place, money = found.place, currency(found.certificate.currency)
    async with caller.deps.database.connection() as connection:
        rows = await caller.deps.ledger.statement(connection, place.merchant_id, place.certificate_id)
    later = [one for one in rows if one.seq > asked.after]
    shown = [shown_entry(one, money) for one in later[: asked.limit]]
    return RestAnswer(value=HistoryShown(data=shown, has_more=len(later) > asked.limit))


def _expansions(given: list[str], field: str) -> frozenset[str]:
    if unknown := sorted(set(given) - _EXPANSIONS):
        message = f"There is no {unknown[0][:40]!r} here. Ask for history, holds, lots or orders."
        raise RequestInvalid(fields=[FieldError(field, INVALID, message)])
    return frozenset(given)


async def _show(caller: RestCaller, certificate_id: UUID, expand: frozenset[str]) -> RestAnswer:
    found = await locate_id(caller.deps, caller.merchant, certificate_id)
    holds = list[Hold]()
    if "holds" in expand:
        async with caller.deps.database.connection() as connection:
            holds = await caller.deps.ledger.open_holds(connection, found.merchant.merchant_id, certificate_id)
    shown = shown_certificate(found, now=caller.now)
    money = currency(found.certificate.currency)
    if "holds" in expand:
        shown = msgspec.structs.replace(shown, holds=[_hold(one, money) for one in holds])
    if "history" in expand:
        async with caller.deps.database.connection() as connection:
            rows = await caller.deps.ledger.statement(connection, found.merchant.merchant_id, certificate_id)
        shown = msgspec.structs.replace(shown, history=[shown_entry(one, money) for one in rows[-_HISTORY_MAX:]])
    if "orders" in expand:
        caller.program.demand(KeyScope.ORDERS_READ)
        shown = msgspec.structs.replace(shown, orders=await _orders(caller, found.certificate))
    if "lots" in expand:
        shown = msgspec.structs.replace(shown, lots=_lots(found.certificate, money))
    return RestAnswer(value=shown, sequence=found.certificate.seq)


async def _show_as_of(caller: RestCaller, moment: datetime) -> RestAnswer:
    """Show a certificate after its last row at or before a moment; what stands now is never told in its place."""
    found = await locate_id(caller.deps, caller.merchant, caller.ids["certificate_id"])
    place, money = found.place, currency(found.certificate.currency)
    async with caller.deps.database.connection() as connection:
        rows = await caller.deps.ledger.statement(connection, place.merchant_id, place.certificate_id)
    before = [one for one in rows if (one.effective_at or one.recorded_at) <= moment]
    if not before:
        raise CertificateUnknown
    last = before[-1]
    shown = msgspec.structs.replace(
        shown_certificate(found, now=moment),
        status=last.status_after or found.certificate.status,
        balance=plain(last.balance_after, money),
        held=plain(last.held_after, money),
        available=plain(last.balance_after - last.held_after, money),
        gratuity_balance=plain(last.gratuity_after, money),
        gratuity_held=plain(last.gratuity_held_after, money),
        gratuity_available=plain(last.gratuity_after - last.gratuity_held_after, money),
        good_through=last.good_through_after,
        sequence=last.seq,
    )
    return RestAnswer(value=shown)


def shown_certificate(found: Located, *, now: datetime) -> CertificateShown:
    """Return a certificate as it is told."""
    one = found.certificate
    money = currency(one.currency)
    return CertificateShown(
        certificate_id=one.certificate_id,
        status=one.status,
        class_of_value=one.class_of_value,
        currency=one.currency,
        balance=plain(one.balance, money),
        held=plain(one.held, money),
        available=plain(one.available, money),
        gratuity_balance=plain(one.gratuity_balance, money),
        gratuity_held=plain(one.gratuity_held, money),
        gratuity_available=plain(one.gratuity_available, money),
        good_through=one.good_through,
        last_four=found.last_four,
        order_number=one.order_number,
        issued_at=one.issued_at,
        sequence=one.seq,
        as_of=now,
    )


def shown_entry(one: Entry, money: Currency) -> EntryShown:
    """Return a row of the journal as it is told."""
    return EntryShown(
        sequence=one.seq,
        operation_id=one.operation_id,
        kind=one.kind,
        leg=one.leg,
        debit=one.debit,
        credit=one.credit,
        amount=None if one.amount is None else plain(one.amount, money),
        balance=plain(one.balance_after, money),
        held=plain(one.held_after, money),
        gratuity_balance=plain(one.gratuity_after, money),
        gratuity_held=plain(one.gratuity_held_after, money),
        location_id=one.location_id,
        reason=one.reason,
        actor=one.actor,
        memo=one.memo,
        recorded_at=one.recorded_at,
        hash=one.hash.hex(),
    )


async def _orders(caller: RestCaller, one: Certificate) -> list[OrderNamed]:
    """Return the orders that filled what is left of a certificate, the oldest first."""
    numbers = dict.fromkeys(lot.order_number for lot in one.lots if lot.order_number is not None and not lot.is_empty)
    async with caller.deps.database.connection() as connection:
        found = await orders.find_by_numbers(connection, one.merchant_id, list(numbers))
    return [
        OrderNamed(order_id=order.order_id, order_number=number, status=order.status, placed_at=order.placed_at)
        for number, order in sorted(found.items(), key=lambda pair: pair[1].placed_at)
    ]


def _hold(one: Hold, money: Currency) -> HoldShown:
    return HoldShown(
        hold_id=one.hold_id,
        status=one.status,
        amount=plain(one.amount, money),
        gratuity=plain(one.gratuity, money),
        placed_at=one.placed_at,
        expires_at=one.expires_at,
    )


def _lots(one: Certificate, money: Currency) -> list[LotShown]:
    return [
        LotShown(
            lot_id=lot.lot_id,
            amount=plain(lot.face, money),
            gratuity=plain(lot.gratuity, money),
            first_issued_at=lot.first_issued_at,
        )
        for lot in one.lots
        if not lot.is_empty
    ]


ROUTES: tuple[RestRoute, ...] = (
    RestRoute(
        method="POST",
        path="/certificates/look-up",
        name="lookUpCertificate",
        summary="Show a certificate by its number, which stands in the body and in no address.",
        scope=_SCOPE,
        work=look_up,
        takes=LookUpAsked,
        gives=CertificateShown,
    ),
    reading(
        "/certificates/{certificate_id}",
        "showCertificate",
        "Show a certificate as it stands, or as it stood at a moment.",
        scope=_SCOPE,
        work=show,
        gives=CertificateShown,
        parameters=CertificateAsked,
    ),
    reading(
        "/certificates/{certificate_id}/history",
        "showHistory",
        "Show everything that ever happened to a certificate.",
        scope=_SCOPE,
        work=history,
        gives=HistoryShown,
        parameters=HistoryAsked,
    ),
)

__all__ = ["ROUTES", "certificates", "shown_certificate"]
