"""Receipts and invoices of what is sold in the shop, and what corrects them: written where the money moves.

Each is written in the transaction that issues what was paid, or takes it back, with the next number of its kind, and
never changes. Nothing here waits for others once a number is taken.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

import msgspec
from msgspec.structs import replace

from largesse.db import Connection
from largesse.domain import invoices, locations, merchants, orders
from largesse.domain.invoices import (
    READDRESSED_MAX,
    BuyerAddressInvalid,
    KeptDocument,
    Party,
    ReaddressedTooOften,
    SaleDocument,
    SaleDocumentMissing,
    SaleDocumentUnknown,
    SaleLine,
    SaleReason,
    TaxGroup,
    checked_buyer,
    group_of,
    number_text,
    percent,
)
from largesse.domain.merchants import Merchant
from largesse.domain.orders import (
    ADDRESS_MAX,
    CITY_MAX,
    COUNTRIES,
    STATE_MAX,
    ZIP_MAX,
    Billing,
    Channel,
    Checkout,
    Order,
)
from largesse.kernel import free_text
from largesse.kernel.clock import day_of
from largesse.kernel.conventions import SheetSize, sheet_of_country, written_in
from largesse.kernel.errors import FieldError
from largesse.kernel.ids import new_id
from largesse.kernel.tax import TaxKind
from largesse.services.invoices.parties import party_of

_PPM: Final = 1_000_000
_NAME_MAX: Final = 120
_LENGTHS: Final = (
    ("name", _NAME_MAX),
    ("address", ADDRESS_MAX),
    ("address2", ADDRESS_MAX),
    ("city", CITY_MAX),
    ("state", STATE_MAX),
    ("zip", ZIP_MAX),
)


class TakenOff(msgspec.Struct, frozen=True, kw_only=True):
    """What of an order was taken back: face, gratuity, and what goes with them."""

    face: int = 0
    gratuity: int = 0
    discount: int = 0
    added_tax: int = 0
    included_tax: int = 0


async def write_sale_documents(
    connection: Connection,
    merchant: Merchant,
    checkout: Checkout,
    issued: Sequence[Order],
    *,
    paid_by: str,
    now: datetime,
) -> None:
    """Write the receipt and the invoice of a checkout that was just paid, in the caller's transaction, at its end.

    What is taxed alike stands on one document. What cost nothing, and what the merchant adds as a present, on none;
    what was sold at a counter has the receipt of there.
    """
    lines = defaultdict[TaxGroup, list[SaleLine]](list)
    for order in issued:
        if _is_documented(order) and order.total:
            lines[group_of(order.tax_kind)].append(_line(order, _all_of(order)))
    if not lines:
        return
    seller, buyer = await _seller(connection, merchant), _buyer(checkout.billing)
    today = day_of(now, in_zone=merchant.zone)
    for group in (one for one in TaxGroup if one in lines):
        document = SaleDocument(
            kind=group.kind,
            number="",
            issued_on=today,
            supplied_on=today,
            currency=checkout.currency,
            language=written_in(checkout.locale, merchant.english),
            paper=paper_of(seller, buyer),
            seller=seller,
            buyer=buyer,
            paid_by=paid_by,
            group=group,
            lines=tuple(lines[group]),
        )
        await _write(connection, merchant.merchant_id, checkout.checkout_id, document, now=now)


async def correct_sale(
    connection: Connection, order: Order, taken: Iterable[TakenOff], reason: SaleReason, *, now: datetime
) -> None:
    """Write what corrects the document of an order of which something was taken back, in the caller's transaction.

    Both parties are named as on the document before. An order without one, as of before there were any, has nothing to
    be corrected.
    """
    parts = list(taken)
    line = _line(
        order,
        TakenOff(
            face=sum(one.face for one in parts),
            gratuity=sum(one.gratuity for one in parts),
            discount=sum(one.discount for one in parts),
            added_tax=sum(one.added_tax for one in parts),
            included_tax=sum(one.included_tax for one in parts),
        ),
    )
    if not _is_documented(order) or order.checkout_id is None or not line.total:
        return
    first = await invoices.lock_first_sale_document(
        connection, order.merchant_id, order.checkout_id, group_of(order.tax_kind)
    )
    if first is None:
        return
    merchant = await merchants.merchant_of_id(connection, order.merchant_id)
    await _correct(connection, merchant, first, (line,), reason, buyer=await named_now(connection, first), now=now)


async def readdress(
    connection: Connection, merchant: Merchant, first: KeptDocument, buyer: Party, *, now: datetime
) -> KeptDocument:
    """Write that a document is another buyer's address's, in the caller's transaction; the same again writes nothing.

    Raises:
        SaleDocumentUnknown: it is a correction: the address is that of the document that it corrects.
        BuyerAddressInvalid: something of the address is missing, or cannot be.
        ReaddressedTooOften: it was replaced so often already.
    """
    if first.corrects is not None:
        raise SaleDocumentUnknown
    wanted = checked_buyer(_tidied(buyer), lengths=_LENGTHS)
    if wanted.country not in COUNTRIES:
        message = "Name the country by its two letters, such as DE."
        raise BuyerAddressInvalid(fields=[FieldError("country", BuyerAddressInvalid.code, message)])
    group = first.document.group
    locked = await invoices.lock_first_sale_document(connection, merchant.merchant_id, first.checkout_id, group)
    assert locked is not None, "documents are never deleted"
    known = await _of_group(connection, first)
    named = [one for one in known if one.document.reason is SaleReason.BUYER]
    if (named[-1] if named else first).document.buyer == wanted:
        return named[-1] if named else first
    if len(named) >= READDRESSED_MAX:
        raise ReaddressedTooOften
    return await _correct(connection, merchant, first, (), SaleReason.BUYER, buyer=wanted, now=now)


async def sale_documents_of_order(connection: Connection, order: Order) -> list[KeptDocument]:
    """Return the receipt or invoice that an order stands on, and what corrects it.

    Raises:
        SaleDocumentMissing: it stands on none.
    """
    found = []
    if order.checkout_id is not None:
        known = await invoices.sale_documents_of(connection, order.merchant_id, order.checkout_id)
        group = group_of(order.tax_kind)
        found = [one for one in known if one.document.group is group] if _is_documented(order) else []
    if not found:
        raise SaleDocumentMissing
    return found


async def documents_named(connection: Connection, merchant: Merchant, name: str) -> list[KeptDocument]:
    """Return the document of a number; or of an order's number, its document and what corrects it.

    Raises:
        SaleDocumentUnknown, OrderNotFound, SaleDocumentMissing: there is no such document, order or none of it.
    """
    try:
        return [await invoices.find_sale_document(connection, merchant.merchant_id, name)]
    except SaleDocumentUnknown as unknown:
        order = await orders.find_by_optional_number(connection, merchant.merchant_id, name)
        if order is None:
            raise unknown from None
    return await sale_documents_of_order(connection, order)


def paper_of(seller: Party, buyer: Party | None) -> SheetSize:
    """Return the sheet that is usual where the buyer is, or else the seller."""
    country = buyer.country if buyer is not None and buyer.country else seller.country
    return sheet_of_country(country)


async def _correct(
    connection: Connection,
    merchant: Merchant,
    first: KeptDocument,
    lines: tuple[SaleLine, ...],
    reason: SaleReason,
    *,
    buyer: Party | None,
    now: datetime,
) -> KeptDocument:
    document = replace(
        first.document,
        kind=first.document.kind.correction,
        issued_on=day_of(now, in_zone=merchant.zone),
        buyer=buyer,
        paid_by="",
        lines=lines,
        reason=reason,
        corrects_number=first.document.number,
        corrects_issued_on=first.document.issued_on,
    )
    return await _write(
        connection, merchant.merchant_id, first.checkout_id, document, corrects=first.document_id, now=now
    )


async def _write(
    connection: Connection,
    merchant_id: UUID,
    checkout_id: UUID,
    document: SaleDocument,
    *,
    corrects: UUID | None = None,
    now: datetime,
) -> KeptDocument:
    number = await invoices.next_sale_number(connection, merchant_id, document.kind)
    kept = KeptDocument(
        merchant_id=merchant_id,
        document_id=new_id(now),
        checkout_id=checkout_id,
        corrects=corrects,
        issued_at=now,
        document=replace(document, number=number_text(document.kind, number)),
    )
    await invoices.write_sale_document(connection, kept, number=number)
    return kept


async def named_now(connection: Connection, first: KeptDocument) -> Party | None:
    """Return whom the documents of a sale name by now; nobody, where nobody asked for it."""
    named = [one for one in await _of_group(connection, first) if one.document.reason is SaleReason.BUYER]
    return (named[-1] if named else first).document.buyer


async def _of_group(connection: Connection, first: KeptDocument) -> list[KeptDocument]:
    found = await invoices.sale_documents_of(connection, first.merchant_id, first.checkout_id)
    return [one for one in found if one.document.group is first.document.group]


async def _seller(connection: Connection, merchant: Merchant) -> Party:
    entity = await locations.default_entity(connection, merchant.merchant_id)
    return party_of(entity, email=merchant.reply_address)


def _buyer(billing: Billing) -> Party | None:
    """Return the buyer by name and address; nobody where no address was asked for."""
    if not (billing.address or billing.city):
        return None
    return Party(
        name=f"{billing.first_name} {billing.last_name}".strip(),
        address=billing.address,
        address2=billing.address2,
        city=billing.city,
        state=billing.state,
        zip=billing.zip,
        country=billing.country,
    )


def _tidied(buyer: Party) -> Party:
    kept = {name: free_text.one_line(getattr(buyer, name)).strip() for name, _ in _LENGTHS}
    return Party(**kept, country=buyer.country.strip().upper())


def _is_documented(order: Order) -> bool:
    return order.channel is Channel.RETAIL and order.bonus_of is None


def _all_of(order: Order) -> TakenOff:
    return TakenOff(
        face=order.amount,
        gratuity=order.tip,
        discount=order.discount,
        added_tax=order.tax,
        included_tax=order.included_tax,
    )


def _line(order: Order, part: TakenOff) -> SaleLine:
    rate = order.tax_rate if order.tax_kind is TaxKind.SINGLE_PURPOSE else None
    return SaleLine(
        order_number=order.order_number,
        description=order.description,
        face=part.face,
        gratuity=part.gratuity,
        discount=part.discount,
        promo_code=order.promo_code,
        added_tax=part.added_tax,
        included_tax=part.included_tax if rate is not None else 0,
        rate=percent(int(rate * _PPM)) if rate is not None else "",
        country=(order.tax_country or "") if rate is not None else "",
    )
