"""Money that is taken and given over a counter: booked where that is, by who books the sale there.

A test's docstring is the journal it expects: debit < credit, and the amount.
"""

from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from msgspec.structs import replace

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import devices, locations, payments
from largesse.domain.devices import DeviceChange
from largesse.domain.locations import LocationChange, LocationClosed
from largesse.domain.merchants import Merchant
from largesse.kernel.tax import UNTAXED, TaxKind, TaxTreatment
from largesse.kernel.where import BooksSale
from largesse.ledger import Account, Entry, Kind, Outcome
from largesse.ledger.errors import OperationConflict
from largesse.ledger.proofs import trial_balance, verify
from largesse.services.certificates import (
    AT_HOME,
    Payer,
    SaleTaxInvalid,
    Spot,
    Tender,
    TenderRefused,
    activate,
    cash_out,
    prepare,
    redeem,
    reload,
    spot_of,
)
from largesse.services.refunds import ReloadElsewhere, refund, undo_reload
from tests.builders.application import NOW, an_application
from tests.builders.certificates import GOOD_THROUGH, Card, a_card, a_merchant, a_request
from tests.builders.locations import a_location, an_entity
from tests.integration.services.test_where_spent import a_device

NINETEEN = TaxTreatment(kind=TaxKind.SINGLE_PURPOSE, country="DE", rate=Decimal("0.19"))
EIGHT = TaxTreatment(kind=TaxKind.SALES_TAX, country="US", rate=Decimal("0.08"))


@pytest.fixture
async def merchant(database: Database) -> Merchant:
    found = await a_merchant(database)
    await a_location(database, found, code="BAR")
    await a_location(database, found, code="TILL", books_sale=BooksSale.TILL)
    return found


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with an_application(database) as opened:
        yield opened


async def at(application: Application, merchant: Merchant, name: str | None, *, device: str | None = None) -> Spot:
    return await spot_of(application, merchant.merchant_id, location=name, device=device, now=NOW)


async def rows(application: Application, card: Card, kind: Kind) -> list[Entry]:
    async with application.database.connection() as connection:
        place = card.place
        entries = await application.ledger.statement(connection, place.merchant_id, place.certificate_id)
    return [entry for entry in entries if entry.kind is kind]


async def posted(application: Application, card: Card, kind: Kind) -> list[str]:
    """What was booked, as a docstring says it; and nothing in the books is amiss."""
    async with application.database.dedicated() as connection:
        assert [difference async for difference in verify(connection)] == []
    found = await rows(application, card, kind)
    return [f"{row.debit} < {row.credit} {row.amount}" for row in found]


async def balances(application: Application) -> dict[Account, int]:
    async with application.database.dedicated() as connection:
        return {one.account: one.balance for one in await trial_balance(connection) if one.balance}


async def a_blank_card(application: Application, merchant: Merchant) -> Card:
    made = await prepare(application, merchant, request=a_request(), now=NOW)
    return Card(merchant, made.certificate_id, made.number)


async def sell(application: Application, card: Card, **what: Any) -> Outcome:
    """Activate a card, in cash unless said otherwise."""
    asked: dict[str, Any] = {"tender": Tender.CASH, "good_through": GOOD_THROUGH, "request": a_request()} | what
    standing = (await card.stands(application)).certificate
    return await activate(application, card.merchant, standing, now=NOW, **asked)


@pytest.mark.parametrize(
    "where, tender, account",
    [
        ("BAR", Tender.CASH, "cash"),
        ("BAR", Tender.TERMINAL, "terminal"),
        ("BAR", Tender.TRANSFER, "bank_clearing"),
        ("TILL", Tender.CASH, "tender_clearing"),
        ("TILL", Tender.TERMINAL, "tender_clearing"),
        ("TILL", Tender.TRANSFER, "bank_clearing"),
        ("TILL", Tender.IMPORTED, "opening_balances"),
        (None, Tender.CASH, "cash"),
    ],
)
async def test_a_reload_is_booked_where_it_was_paid_and_on_what_paid_there(
    application: Application, merchant: Merchant, where: str | None, tender: Tender, account: str
) -> None:
    """reload 20.00 by a tender: what pays there < certificates_outstanding 2000"""
    card = await a_card(application, merchant)
    spot = await at(application, merchant, where)
    await reload(application, card.place, value=2_000, tender=tender, spot=spot, request=a_request(), now=NOW)
    assert await posted(application, card, Kind.RELOAD) == [f"{account} < certificates_outstanding 2000"]
    [row] = await rows(application, card, Kind.RELOAD)
    async with application.database.connection() as connection:
        there = await locations.find_location(connection, merchant.merchant_id, where or "MAIN")
    assert (row.location_id, row.books_sale) == (there.location_id, there.books_sale)


async def test_the_tax_of_a_reload_where_the_till_books_the_sale_is_the_tills(
    application: Application, merchant: Merchant
) -> None:
    """issue 100.00 at home, 19 % inside: tax_on_outstanding < tax_payable 1597
    reload 119.00 in cash at the till: tender_clearing < certificates_outstanding 11900
                                       tax_on_outstanding < tender_clearing 1900
    """
    card = await a_card(application, merchant, treatment=NINETEEN)
    spot = await at(application, merchant, "TILL")
    await reload(application, card.place, value=11_900, tender=Tender.CASH, spot=spot, request=a_request(), now=NOW)
    assert await posted(application, card, Kind.RELOAD) == [
        "tender_clearing < certificates_outstanding 11900",
        "tax_on_outstanding < tender_clearing 1900",
    ]
    assert (await balances(application))[Account.TAX_PAYABLE] == -1_597


async def test_a_reload_of_what_is_taxed_on_top_is_charged_the_tax_too(
    application: Application, merchant: Merchant
) -> None:
    """sold 100.00 + 8 % in cash:   cash < certificates_outstanding 10000, cash < tax_payable 800
    reload 50.00 at the terminal: terminal < certificates_outstanding 5000, terminal < tax_payable 400
    """
    card = await a_blank_card(application, merchant)
    await sell(application, card, value=10_000, tax=EIGHT)
    more = await reload(application, card.place, value=5_000, tender=Tender.TERMINAL, request=a_request(), now=NOW)
    assert (more.value, more.added_tax) == (5_000, 400)
    assert await posted(application, card, Kind.ACTIVATE) == [
        "cash < certificates_outstanding 10000",
        "cash < tax_payable 800",
    ]
    assert await posted(application, card, Kind.RELOAD) == [
        "terminal < certificates_outstanding 5000",
        "terminal < tax_payable 400",
    ]


async def test_a_device_says_whose_drawer_it_was(application: Application, merchant: Merchant) -> None:
    bar = await find(application, merchant, "BAR")
    left = await a_device(application.database, bar)
    card = await a_card(application, merchant)
    spot = await at(application, merchant, None, device="Bar left")
    await reload(application, card.place, value=500, tender=Tender.CASH, spot=spot, request=a_request(), now=NOW)
    await cash_out(application, card.place, spot=spot, request=a_request(), now=NOW)
    moved = [*await rows(application, card, Kind.RELOAD), *await rows(application, card, Kind.CASH_OUT)]
    assert {(row.device_id, row.location_id) for row in moved} == {(left.device_id, bar.location_id)}


async def find(application: Application, merchant: Merchant, code: str) -> locations.Location:
    async with application.database.connection() as connection:
        return await locations.find_location(connection, merchant.merchant_id, code)


@pytest.mark.parametrize(
    "where, payer, account",
    [
        ("BAR", Payer.DRAWER, "cash"),
        ("TILL", Payer.DRAWER, "tender_clearing"),
        ("TILL", Payer.LATER, "refunds"),
        (None, Payer.DRAWER, "cash"),
    ],
)
async def test_what_is_left_is_paid_out_by_whoever_pays_there(
    application: Application, merchant: Merchant, where: str | None, payer: Payer, account: str
) -> None:
    """cash out 100.00: certificates_outstanding < what pays there 10000"""
    card = await a_card(application, merchant)
    spot = await at(application, merchant, where)
    await cash_out(application, card.place, payer=payer, spot=spot, request=a_request(), now=NOW)
    assert await posted(application, card, Kind.CASH_OUT) == [f"certificates_outstanding < {account} 10000"]
    [row] = await rows(application, card, Kind.CASH_OUT)
    assert row.location_id == (await find(application, merchant, where or "MAIN")).location_id


async def test_a_reload_is_undone_where_it_was_made(application: Application, merchant: Merchant) -> None:
    """reload 20.00 in cash at the till: tender_clearing < certificates_outstanding 2000
    undone, by whom it may be:        certificates_outstanding < tender_clearing 2000
    """
    card = await a_card(application, merchant)
    till = await at(application, merchant, "TILL")
    added = await reload(
        application, card.place, value=2_000, tender=Tender.CASH, spot=till, request=a_request(), now=NOW
    )
    undo: dict[str, Any] = {"reload_id": added.operation_id, "now": NOW}
    bar = await at(application, merchant, "BAR")
    with pytest.raises(ReloadElsewhere):
        await undo_reload(application, card.place, spot=bar, request=a_request(), **undo)
    async with application.database.transaction() as connection:
        await locations.close_location(connection, await find(application, merchant, "TILL"), now=NOW)
    application.locator.forget(merchant.merchant_id)
    closed = await at(application, merchant, "TILL")
    with pytest.raises(LocationClosed):
        await undo_reload(application, card.place, spot=closed, request=a_request(), **undo)
    request = a_request()
    await undo_reload(application, card.place, request=request, **undo)
    assert (await undo_reload(application, card.place, request=request, **undo)).replayed
    assert await posted(application, card, Kind.UNDO_RELOAD) == ["certificates_outstanding < tender_clearing 2000"]
    [row] = await rows(application, card, Kind.UNDO_RELOAD)
    assert (row.location_id, row.books_sale) == (till.where and till.where.location_id, BooksSale.TILL)


async def test_another_drawer_of_the_location_may_give_the_money_back(
    application: Application, merchant: Merchant
) -> None:
    bar = await find(application, merchant, "BAR")
    left, right = [await a_device(application.database, bar, name=f"Bar {side}") for side in ("left", "right")]
    card = await a_card(application, merchant)
    spot = await at(application, merchant, None, device="Bar left")
    for other in (None, "Bar right"):
        added = await reload(
            application, card.place, value=500, tender=Tender.CASH, spot=spot, request=a_request(), now=NOW
        )
        named = AT_HOME if other is None else await at(application, merchant, None, device=other)
        await undo_reload(
            application, card.place, reload_id=added.operation_id, spot=named, request=a_request(), now=NOW
        )
    undone = await rows(application, card, Kind.UNDO_RELOAD)
    assert [row.device_id for row in undone] == [left.device_id, right.device_id]


@pytest.mark.parametrize(
    "sale, where, booked",
    [
        ((UNTAXED, 0), "BAR", ["cash < certificates_outstanding 11900"]),
        (
            (NINETEEN, 0),
            "BAR",
            ["cash < certificates_outstanding 11900", "tax_on_outstanding < tax_payable 1900"],
        ),
        (
            (NINETEEN, 1_190),
            "TILL",
            [
                "tender_clearing < certificates_outstanding 10710",
                "discount_on_outstanding < certificates_outstanding 1190",
                "tax_on_outstanding < tender_clearing 1710",
            ],
        ),
        ((EIGHT, 0), "TILL", ["tender_clearing < certificates_outstanding 11900"]),
    ],
)
async def test_a_card_is_sold_with_its_tax_where_it_is_sold(
    application: Application,
    merchant: Merchant,
    sale: tuple[TaxTreatment, int],
    where: str,
    booked: list[str],
) -> None:
    """activate 119.00 in cash: the price, what was let off of it, and the tax in it, on the books of who sells there;
    a till keeps what was added on top.
    """
    card = await a_blank_card(application, merchant)
    tax, discount = sale
    spot = await at(application, merchant, where)
    sold = await sell(application, card, value=11_900, discount=discount, tax=tax, spot=spot)
    assert await posted(application, card, Kind.ACTIVATE) == booked
    standing = (await card.stands(application)).certificate
    [lot] = standing.lots
    assert (lot.treatment, lot.location_id, sold.balance) == (tax, spot.where and spot.where.location_id, 11_900)


async def test_what_is_given_away_bears_no_tax(application: Application, merchant: Merchant) -> None:
    """activate 5.00, given away: promotions_granted < promotional_outstanding 500"""
    card = await a_blank_card(application, merchant)
    await sell(application, card, value=500, tax=NINETEEN, tender=Tender.GIVEN)
    assert await posted(application, card, Kind.ACTIVATE) == ["promotions_granted < promotional_outstanding 500"]


async def test_what_cannot_be_sold_so_is_refused(application: Application, merchant: Merchant) -> None:
    card = await a_blank_card(application, merchant)
    for tender in (Tender.GATEWAY, Tender.ACCOUNT):
        with pytest.raises(TenderRefused):
            await sell(application, card, value=500, tender=tender)
    with pytest.raises(SaleTaxInvalid) as refused:
        await sell(application, card, value=500, tax=replace(NINETEEN, rate=Decimal(0)))
    assert [one.code for one in refused.value.fields] == ["sale.tax.rate_missing"]
    full = await a_card(application, merchant)
    with pytest.raises(TenderRefused):
        await reload(application, full.place, value=1, tender=Tender.GATEWAY, request=a_request(), now=NOW)


async def test_a_till_that_asks_again_learns_what_happened_whatever_became_of_its_place(
    application: Application, merchant: Merchant
) -> None:
    bar = await find(application, merchant, "BAR")
    left = await a_device(application.database, bar)
    card, ending, blank = [
        await a_card(application, merchant),
        await a_card(application, merchant),
        await a_blank_card(application, merchant),
    ]
    requests = [a_request() for _ in range(5)]

    async def all_of_it(value: int = 700) -> list[Outcome]:
        spot = await at(application, merchant, None, device="Bar left")
        place = card.place
        added = await reload(
            application, place, value=value, tender=Tender.CASH, spot=spot, request=requests[0], now=NOW
        )
        return [
            added,
            await redeem(application, place, value=value, spot=spot, request=requests[1], now=NOW),
            await cash_out(application, ending.place, spot=spot, request=requests[2], now=NOW),
            await sell(application, blank, value=value, spot=spot, request=requests[3]),
        ]

    first = await all_of_it()
    async with application.database.transaction() as connection:
        await locations.change_location(connection, bar, LocationChange(books_sale=BooksSale.TILL))
        to = await locations.find_location(connection, merchant.merchant_id, "TILL")
        await devices.change_device(connection, left, DeviceChange(location_id=to.location_id))
    application.locator.forget(merchant.merchant_id)
    assert await all_of_it() == [replace(one, replayed=True) for one in first]
    with pytest.raises(OperationConflict):
        await all_of_it(value=701)


async def test_a_day_of_the_till_closes_with_what_it_sold_and_paid_out(
    application: Application, merchant: Merchant
) -> None:
    """What was sold, reloaded and paid out at the till stands on tender_clearing of that location and day."""
    spot = await at(application, merchant, "TILL")
    card = await a_blank_card(application, merchant)
    await sell(application, card, value=5_000, spot=spot)
    await reload(application, card.place, value=1_000, tender=Tender.CASH, spot=spot, request=a_request(), now=NOW)
    other = await a_card(application, merchant, value=400)
    await cash_out(application, other.place, spot=spot, request=a_request(), now=NOW)
    moved = [
        row
        for one, kind in ((card, Kind.ACTIVATE), (card, Kind.RELOAD), (other, Kind.CASH_OUT))
        for row in await rows(application, one, kind)
    ]
    assert {(row.location_id, row.booked_on) for row in moved} == {
        (spot.where and spot.where.location_id, date(2026, 11, 22))
    }
    assert (await balances(application))[Account.TENDER_CLEARING] == 5_600


@pytest.mark.parametrize(
    "where, device, account", [("BAR", False, "cash"), (None, False, "tender_clearing"), (None, True, "cash")]
)
async def test_what_a_till_took_is_given_back_at_the_spot_or_where_it_was_taken(
    application: Application, merchant: Merchant, where: str | None, device: bool, account: str
) -> None:
    """sold 50.00 in cash at the till: tender_clearing < certificates_outstanding 5000
    refund, by whoever gives it:    certificates_outstanding < what pays there 5000
    """
    card = await a_blank_card(application, merchant)
    await sell(application, card, value=5_000, spot=await at(application, merchant, "TILL"))
    left = await a_device(application.database, await find(application, merchant, "BAR"))
    spot = await at(application, merchant, where, device="Bar left" if device else None)
    asked = a_request()
    done = await refund(application, card.place, spot=spot, request=asked, now=NOW)
    assert await refund(application, card.place, spot=spot, request=asked, now=NOW) == replace(done, replayed=True)
    assert await posted(application, card, Kind.REFUND) == [f"certificates_outstanding < {account} 5000"]
    [row] = await rows(application, card, Kind.REFUND)
    there = await find(application, merchant, "BAR" if device else where or "TILL")
    assert (row.location_id, row.device_id) == (there.location_id, left.device_id if device else None)
    async with application.database.connection() as connection:
        assert await payments.open_refunds(connection, merchant.merchant_id, limit=9) == []


async def test_the_drawer_that_took_the_money_gives_it_back(application: Application, merchant: Merchant) -> None:
    bar = await find(application, merchant, "BAR")
    left, right = [await a_device(application.database, bar, name=f"Bar {side}") for side in ("left", "right")]
    card = await a_blank_card(application, merchant)
    await sell(application, card, value=5_000, spot=await at(application, merchant, None, device="Bar left"))
    await refund(application, card.place, value=1_000, request=a_request(), now=NOW)
    named = await at(application, merchant, None, device="Bar right")
    await refund(application, card.place, value=2_000, spot=named, request=a_request(), now=NOW)
    given = await rows(application, card, Kind.REFUND)
    assert [(row.device_id, row.credit, row.amount) for row in given] == [
        (left.device_id, "cash", 1_000),
        (right.device_id, "cash", 2_000),
    ]


async def test_a_drawer_of_another_legal_entity_lends_what_it_pays(
    application: Application, merchant: Merchant
) -> None:
    """cash out 100.00 at home's: certificates_outstanding < between_entities 10000, between_entities < cash 10000
    refund 50.00 paid in cash:    certificates_outstanding < between_entities 5000, between_entities < cash 5000
    """
    other = await an_entity(application.database, merchant, name="Corner Spa Wien", country="AT")
    wien = await a_location(application.database, merchant, entity=other, code="WIEN")
    spot = await at(application, merchant, "WIEN")
    card, sold = await a_card(application, merchant), await a_blank_card(application, merchant)
    await cash_out(application, card.place, spot=spot, request=a_request(), now=NOW)
    await sell(application, sold, value=5_000, spot=await at(application, merchant, "BAR"))
    await refund(application, sold.place, spot=spot, request=a_request(), now=NOW)
    for one, kind, amount in ((card, Kind.CASH_OUT, 10_000), (sold, Kind.REFUND, 5_000)):
        assert await posted(application, one, kind) == [
            f"certificates_outstanding < between_entities {amount}",
            f"between_entities < cash {amount}",
        ]
        mine, theirs = await rows(application, one, kind)
        assert (theirs.legal_entity_id, theirs.location_id) == (other.entity_id, wien.location_id)
        assert mine.legal_entity_id != other.entity_id


async def test_nothing_is_given_back_at_a_spot_where_nothing_happens_any_more(
    application: Application, merchant: Merchant
) -> None:
    card = await a_blank_card(application, merchant)
    await sell(application, card, value=5_000, spot=await at(application, merchant, "TILL"))
    async with application.database.transaction() as connection:
        await locations.close_location(connection, await find(application, merchant, "TILL"), now=NOW)
    application.locator.forget(merchant.merchant_id)
    closed = await at(application, merchant, "TILL")
    with pytest.raises(LocationClosed):
        await refund(application, card.place, spot=closed, request=a_request(), now=NOW)
    await refund(application, card.place, request=a_request(), now=NOW)  # its till gave it back before it closed
    assert await posted(application, card, Kind.REFUND) == ["certificates_outstanding < tender_clearing 5000"]
