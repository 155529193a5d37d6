"""Print what was sold: the certificate on a sheet, or as a receipt with its QR code; again within minutes, as a copy.

Largesse never waits for a printer: the sale stands first. Each print is counted in the audit log.
"""

from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

import msgspec

from largesse.db import Connection
from largesse.domain import certificates, law, locations, staff
from largesse.domain.catalog import (
    CertificateFace,
    Paper,
    good_through_sentence,
    language_of,
    receipt_sentence,
    words_for,
)
from largesse.domain.law import Demand
from largesse.domain.merchants import Merchant
from largesse.domain.orders import DeliveryMethod, Order, OrderStatus
from largesse.domain.receipts import ReceiptFace, ReceiptGroup, ReceiptLine, Roll
from largesse.domain.staff import Audited
from largesse.kernel.conventions import written_in
from largesse.kernel.errors import Conflict
from largesse.kernel.ids import derived_id
from largesse.services.certificates import Place, Request, Spot, reissue_within
from largesse.services.counter import CounterMailPurpose, tell_known
from largesse.services.counter_sales.dependencies import CounterSaleDependencies
from largesse.services.counter_sales.selling import sale_of_order
from largesse.services.gifts import (
    GiftLink,
    GiftTakenBack,
    SentAgain,
    Sheet,
    newest,
    send_again,
    sheet_of,
    standing_of,
    typeset,
)

PRINT_AGAIN_WITHIN: Final = timedelta(minutes=10)


class PrintTooLate(Conflict):
    """What was sold is not printed any more, or not here."""

    code = "counter.print.too_late"
    message = (
        "It is printed within ten minutes, on the device that sold it. Later, or for a paper that is lost, give it a "
        "new number: the first one is dead then."
    )


class PrintElsewhere(Conflict):
    """What was sold is not given a new number here."""

    code = "counter.print.elsewhere"
    message = "It gets a new number where it was sold, as long as it stands. Elsewhere the office gives it one."


class SalePaper(StrEnum):
    """What a sale is printed on."""

    SHEET = "sheet"
    A5 = "a5"
    ROLL_80 = "80"
    ROLL_58 = "58"


class Print(msgspec.Struct, frozen=True, kw_only=True):
    """One print: the page, and how many there were before it. It holds a bearer secret."""

    pdf: bytes
    copies: int
    file_name: str

    def __repr__(self) -> str:
        """Leave the page out."""
        return f"Print({self.file_name!r})"


async def prints_of(connection: Connection, order: Order) -> int:
    """Return how often a sale was printed."""
    found = await staff.entries_about(connection, order.merchant_id, str(order.order_id))
    return sum(one.action == Audited.SALE_PRINTED for one in found)


async def renewed_by(connection: Connection, order: Order, actor: str) -> datetime | None:
    """Return when somebody gave what was sold a new number last, None where they never did."""
    found = await staff.entries_about(connection, order.merchant_id, str(order.order_id))
    mine = [one.recorded_at for one in found if one.action == Audited.SALE_RENEWED and one.actor == actor]
    return max(mine, default=None)


def may_print(order: Order, spot: Spot, *, renewed_at: datetime | None = None, now: datetime) -> bool:
    """Return whether a sale may be printed at a spot: where it was sold, in the minutes after it. Pure.

    Who gave it a new number at `renewed_at` prints that one again in the minutes after.
    """
    if order.status is not OrderStatus.ISSUED:
        return False
    if renewed_at is not None and now - renewed_at <= PRINT_AGAIN_WITHIN:
        return True
    soon = order.issued_at is not None and now - order.issued_at <= PRINT_AGAIN_WITHIN
    return order.delivery is DeliveryMethod.PRINT and soon and order.device_id == spot.device_id


def may_renew(order: Order, spot: Spot) -> bool:
    """Return whether what was sold may be given a new number at a spot: at the location that sold it. Pure."""
    where = spot.where
    return order.status is OrderStatus.ISSUED and where is not None and order.location_id == where.location_id


async def print_sale(
    deps: CounterSaleDependencies,
    merchant: Merchant,
    order_number: str,
    paper: SalePaper,
    *,
    copy_word: str,
    spot: Spot,
    request: Request,
    now: datetime,
) -> Print:
    """Return what was sold as a page; from the second print on a receipt is stamped with `copy_word`.

    Raises:
        OrderNotFound, SaleUnknown: nothing was sold at a counter under that number.
        PrintTooLate: the minutes are over, or it was sold elsewhere, or is not for printing.
        GiftTakenBack: the certificate cannot be used any more.
        TypesettingFailed, Unavailable: as the typesetter.
    """
    async with deps.transaction() as connection:
        order = (await sale_of_order(connection, merchant, order_number)).order
        renewed_at = await renewed_by(connection, order, request.actor)
        if not may_print(order, spot, renewed_at=renewed_at, now=now) or order.certificate_id is None:
            raise PrintTooLate
        certificate_id = await newest(connection, deps, order.merchant_id, order.certificate_id)
        standing = await standing_of(connection, deps, order.merchant_id, certificate_id, order=order)
        if not standing.can_be_given(now):
            raise GiftTakenBack
        copies = await prints_of(connection, order)
        sheet = await sheet_of(connection, deps, merchant, standing)
        await staff.record(
            connection,
            order.merchant_id,
            Audited.SALE_PRINTED,
            subject=str(order.order_id),
            actor=request.actor,
            reason=f"print {copies + 1} of order {order_number}",
            now=now,
        )
    pdf = await _page(deps, sheet, paper, stamp=copy_word if copies else "")
    return Print(pdf=pdf, copies=copies, file_name=sheet.file_name)


async def print_anew(
    deps: CounterSaleDependencies,
    merchant: Merchant,
    order_number: str,
    paper: SalePaper,
    *,
    spot: Spot,
    request: Request,
    now: datetime,
) -> Print:
    """Give what was sold a new number, and return it as a page: for a paper that is lost, or after the minutes.

    The first number is dead at once; whoever is known of the certificate is mailed that. Somebody else has approved it.
    The same operation again returns the same new number.

    Raises:
        OrderNotFound, SaleUnknown: nothing was sold at a counter under that number.
        PrintElsewhere: it was sold at another location, or was taken back.
        GiftTakenBack: the certificate cannot be used any more.
        LargesseError: the ledger refuses the new number.
        TypesettingFailed, Unavailable: as the typesetter.
    """

    async def work(connection: Connection) -> tuple[Sheet, int]:
        order = (await sale_of_order(connection, merchant, order_number)).order
        if not may_renew(order, spot) or order.certificate_id is None:
            raise PrintElsewhere
        made = derived_id("reissue", order.merchant_id, request.operation_id)
        before = await newest(connection, deps, order.merchant_id, order.certificate_id)
        copies = await prints_of(connection, order)
        if before != made:
            await _renew(connection, deps, merchant, order, before, spot=spot, request=request, now=now)
        standing = await standing_of(connection, deps, order.merchant_id, made, order=order)
        if not standing.can_be_given(now):
            raise GiftTakenBack
        return await sheet_of(connection, deps, merchant, standing), copies

    sheet, copies = await deps.retrying(work)
    return Print(pdf=await _page(deps, sheet, paper, stamp=""), copies=copies, file_name=sheet.file_name)


async def _renew(
    connection: Connection,
    deps: CounterSaleDependencies,
    merchant: Merchant,
    order: Order,
    certificate_id: UUID,
    *,
    spot: Spot,
    request: Request,
    now: datetime,
) -> None:
    """Give a certificate a new number in the caller's transaction, write it down, and tell whoever is known of it."""
    assert spot.where is not None
    place = Place(merchant_id=order.merchant_id, certificate_id=certificate_id)
    standing = await standing_of(connection, deps, order.merchant_id, certificate_id, order=order)
    ends = await certificates.last_four_of(connection, order.merchant_id, [certificate_id])
    there = await locations.find_location(connection, order.merchant_id, str(spot.where.location_id))
    await tell_known(
        connection,
        deps,
        order.merchant_id,
        [certificate_id],
        CounterMailPurpose.NEW_NUMBER,
        amount=standing.certificate.balance,
        currency=standing.certificate.currency,
        ends=list(ends.values()),
        place=there.name,
        operation_id=request.operation_id,
        now=now,
    )
    await reissue_within(connection, deps, merchant, place, request=request, now=now)
    await staff.record(
        connection,
        order.merchant_id,
        Audited.SALE_RENEWED,
        subject=str(order.order_id),
        actor=request.actor,
        reason=f"order {order.order_number}",
        now=now,
    )


async def mail_instead(
    deps: CounterSaleDependencies,
    merchant: Merchant,
    order_number: str,
    *,
    name: str,
    email: str,
    spot: Spot,
    request: Request,
    now: datetime,
) -> SentAgain:
    """Mail what was sold to be printed, to somebody who is named; its number stays.

    Raises:
        PrintTooLate: as `print_sale`.
        RecipientInvalid, GiftTakenBack: the address cannot be used, or the certificate.
    """
    async with deps.database.connection() as connection:
        order = (await sale_of_order(connection, merchant, order_number)).order
        renewed_at = await renewed_by(connection, order, request.actor)
    if not may_print(order, spot, renewed_at=renewed_at, now=now) or order.checkout_id is None:
        raise PrintTooLate
    link = GiftLink(merchant_id=order.merchant_id, checkout_id=order.checkout_id, ends_at=now + PRINT_AGAIN_WITHIN)
    return await send_again(
        deps, link, order.order_id, name=name, email=email, at_once=True, actor=request.actor, now=now
    )


async def _page(deps: CounterSaleDependencies, sheet: Sheet, paper: SalePaper, *, stamp: str) -> bytes:
    match paper:
        case SalePaper.SHEET:
            return await typeset(deps, sheet)
        case SalePaper.A5:
            return await typeset(deps, sheet, Paper.A5)
        case SalePaper.ROLL_80:
            return await deps.receipt_printer.receipt(receipt_of(sheet.face, stamp=stamp), Roll.WIDE)
        case SalePaper.ROLL_58:
            return await deps.receipt_printer.receipt(receipt_of(sheet.face, stamp=stamp), Roll.NARROW)


async def words_on_receipt(deps: CounterSaleDependencies, merchant: Merchant, order: Order, locale: str) -> list[str]:
    """Return what the receipt of a sale says besides: how long the certificate is good, and what the law demands.

    That it is a gift receipt is said where the merchant's law profile demands one, as on the certificate. Of a reload,
    and of what is not issued, nothing is said.
    """
    if order.is_reload or order.status is not OrderStatus.ISSUED or order.issued_at is None:
        return []
    issued_on = order.issued_at.astimezone(merchant.zone).date()
    async with deps.database.connection() as connection:
        found = await law.law_of(connection, order.merchant_id)
    demands = law.demanded(found.profile, issued_on=issued_on) if found else ()
    locale = written_in(language_of(locale), merchant.english)
    said = [receipt_sentence(issued_on, locale)] if Demand.GIFT_RECEIPT in demands else []
    return [*said, good_through_sentence(order.good_through, locale)]


def receipt_of(face: CertificateFace, *, stamp: str = "") -> ReceiptFace:
    """Return a certificate as it is printed on a roll: all that its sheet says. Pure."""
    words = words_for(face.locale)
    worth = [ReceiptLine(words=face.description or words.title, amount=face.amount, strong=True)]
    if face.gratuity:
        worth.append(ReceiptLine(words=words.gratuity.format(amount=face.gratuity)))
    named = ((words.to, face.to), (words.sender, face.sender))
    people = tuple(ReceiptLine(words=f"{word}: {name}") for word, name in named if name)
    if face.message:
        people += (ReceiptLine(words=face.message),)
    groups = [ReceiptGroup(lines=tuple(worth))]
    if people:
        groups.append(ReceiptGroup(lines=people))
    order = words.order.format(number=face.order_number) if face.order_number else ""
    notes = (face.good_through, face.tax, face.receipt, order, face.how_to_use, face.terms)
    return ReceiptFace(
        language=language_of(face.locale),
        merchant=face.merchant_name,
        address=(face.where,) if face.where else (),
        title=words.title,
        stamp=" · ".join(filter(None, (words.sample if face.sample else "", stamp))),
        groups=tuple(groups),
        notes=tuple(note for note in notes if note),
        code=face.redeem_url,
        code_words=words.scan,
        number=face.number,
    )
