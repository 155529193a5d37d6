"""A partner of a merchant with two legal entities: the books of each are true by themselves, whoever's bank it pays.

What one took for the other it owes it, `between_entities`; nothing of that is left over for somebody to find.
"""

import asyncio
import random
from collections import Counter
from collections.abc import AsyncIterator
from typing import NamedTuple
from uuid import UUID, uuid4

import pytest
from msgspec.structs import replace

from largesse.db import Database
from largesse.domain import locations
from largesse.domain.banking import BankMatch, KeptLine, PartnerPayment, lines_of
from largesse.domain.invoices import Invoice, InvoiceSettings, InvoiceState, put_settings
from largesse.domain.locations import EntityChange, LegalEntity, Location
from largesse.domain.orders import Order
from largesse.domain.payouts import Payout, PayoutLine, PayoutPart, PayoutTold
from largesse.domain.staff import ByWhom
from largesse.kernel.errors import LargesseError
from largesse.ledger import Account, Kind, PostEntry, SubjectKind
from largesse.services import banking
from largesse.services.banking import CLEARING, Against
from largesse.services.certificates import Place
from largesse.services.invoices import dispute, write_off
from largesse.services.merchants import prefer_location, where_of_entity
from largesse.services.refunds import void
from tests.builders.application import NOW, an_application
from tests.builders.bank_files import IBAN
from tests.builders.banking import Desk
from tests.builders.certificates import a_request
from tests.builders.invoices import BOOKKEEPER, VAT_ID, an_invoiced_partner, invoiced, ordered, stands, where_it_stands
from tests.builders.locations import a_location, an_entity
from tests.builders.staff import OPERATOR

_STANDING = """
SELECT legal_entity_id, account, open_item_kind, open_item_id, sum(amount)::bigint AS amount FROM (
    SELECT legal_entity_id, debit AS account, open_item_kind, open_item_id, amount FROM journal WHERE debit IS NOT NULL
    UNION ALL
    SELECT legal_entity_id, credit, open_item_kind, open_item_id, -amount FROM journal WHERE credit IS NOT NULL
) AS legs GROUP BY legal_entity_id, account, open_item_kind, open_item_id
"""


class Both(NamedTuple):
    """The books of two legal entities, each with an account at a bank; one of them is home to what names nothing."""

    home: Desk
    other: Desk
    places: tuple[Location, Location]

    @property
    def entities(self) -> tuple[UUID, UUID]:
        """Both legal entities."""
        return self.places[0].entity_id, self.places[1].entity_id

    async def moves_home(self, place: Location) -> None:
        """What names no location happens elsewhere from now on."""
        async with self.home.application.database.transaction() as connection:
            await prefer_location(connection, place, by=ByWhom(actor="cli:test"), now=NOW)
        self.home.application.locator.forget(place.merchant_id)

    async def standing(self, account: Account) -> dict[UUID, int]:
        """What stands on an account, by legal entity."""
        found = Counter[UUID]()
        async with self.home.application.database.connection() as connection:
            for row in await connection.fetch(_STANDING):
                if row["account"] == account:
                    found[row["legal_entity_id"]] += row["amount"]
        return {entity: found[entity] for entity in self.entities}

    async def types(self, desk: Desk, amount: int, *against: tuple[Invoice, int], cash: bool = False) -> PartnerPayment:
        """A payment that somebody types."""
        return await banking.book_payment(
            desk.application, desk.ordering.merchant, desk.ordering.partner, payment_id=uuid4(), currency="EUR",
            amount=amount, received_on=NOW.date(), account=None if cash else desk.account,
            against=[Against(invoice.invoice_id, part) for invoice, part in against], by=OPERATOR, now=NOW,
        )  # fmt: skip

    async def sound(self) -> None:
        """All is true over both, and in each: its bank is its lines, and no item of its stands against the other's."""
        await self.home.sound()
        async with self.home.application.database.connection() as connection:
            rows = await connection.fetch(_STANDING)
            lines = await lines_of(connection, self.home.account.merchant_id, limit=1_000)
        told = Counter[UUID]()
        for line in lines:
            told[self.entities[line.account_id == self.other.account.account_id]] += line.line.amount
        assert await self.standing(Account.BANK) == {entity: told[entity] for entity in self.entities}
        credit = await self.standing(Account.PARTNER_CREDIT)
        assert all(one <= 0 for one in credit.values()), "no entity is owed what another one owes"
        items: dict[UUID, list[int]] = {}
        for row in rows:
            if row["account"] == Account.BANK_CLEARING and row["amount"]:
                items.setdefault(row["open_item_id"], []).append(row["amount"])
        assert all(max(found) < 0 or min(found) > 0 for found in items.values()), "what is awaited is awaited by all"
        assert sum((await self.standing(Account.BETWEEN_ENTITIES)).values()) == 0
        async with self.home.application.database.connection() as connection:
            explained = await banking.clearing_items(connection, self.home.account.merchant_id)
        for account in CLEARING:
            known = sum(one.amount for one in explained if one.account == account.value)
            assert known == sum((await self.standing(account)).values()), account


@pytest.fixture
async def both(database: Database) -> AsyncIterator[Both]:
    async with an_application(database) as application:
        ordering = await an_invoiced_partner(application)
        merchant = ordering.merchant
        entity: LegalEntity = await an_entity(database, merchant, name="Corner Spa Wien", country="AT")
        async with application.database.transaction() as connection:
            first = await locations.default_location(connection, merchant.merchant_id)
            change = EntityChange(
                address="Graben 1", city="Wien", zip="1010", country="AT", vat_id=VAT_ID, tax_id="60/123/45678"
            )
            await locations.change_entity(connection, entity, change)
            settings = InvoiceSettings(iban=IBAN, contact_name="Erika", contact_phone="+4312345")
            await put_settings(connection, merchant.merchant_id, entity.entity_id, settings)
        second = await a_location(database, merchant, entity=entity, code="WIEN")
        desks = [
            Desk(
                application,
                ordering,
                await banking.add_account(
                    application, merchant, name=name, number=number, currency="EUR", entity=owner, by=OPERATOR, now=NOW
                ),
            )
            for name, number, owner in (("Giro", IBAN, first.entity_id), ("Wien", "1-234", second.entity_id))
        ]
        yield Both(desks[0], desks[1], (first, second))


async def test_what_is_paid_to_the_other_entity_is_owed_between_them(both: Both) -> None:
    """10.00 too much come to Wien's bank for an invoice of the first entity's."""
    first, second = both.entities
    invoice = await both.home.invoice("50.00")
    match = await both.other.pays(await both.other.line(60_00), (invoice, 50_00))
    assert (await stands(both.home.application, invoice)).state is InvoiceState.PAID
    assert await both.standing(Account.PARTNER_RECEIVABLE) == {first: 0, second: 0}
    assert await both.standing(Account.PARTNER_CREDIT) == {first: 0, second: -10_00}
    assert await both.standing(Account.BETWEEN_ENTITIES) == {first: 50_00, second: -50_00}
    await both.sound()
    await both.other.unmatches(match)
    assert await both.standing(Account.PARTNER_CREDIT) == {first: 0, second: 0}
    assert await both.standing(Account.BETWEEN_ENTITIES) == {first: 0, second: 0}
    assert await both.standing(Account.PARTNER_RECEIVABLE) == {first: 50_00, second: 0}
    await both.sound()


async def test_what_is_written_off_is_lost_by_whose_invoice_it_is(both: Both) -> None:
    first, second = both.entities
    invoice = await both.home.invoice("50.00")
    await both.moves_home(both.places[1])
    merchant = both.home.ordering.merchant
    await write_off(both.home.application, merchant, invoice.invoice_id, reason="gone", by=BOOKKEEPER, now=NOW)
    assert await both.standing(Account.BAD_DEBTS) == {first: 50_00, second: 0}
    await both.sound()
    await both.types(both.other, 20_00, (invoice, 20_00))
    assert await both.standing(Account.BAD_DEBTS) == {first: 30_00, second: 0}
    await both.sound()


async def test_a_payment_is_taken_back_where_it_was_booked(both: Both) -> None:
    first, second = both.entities
    typed, cash = await both.types(both.other, 30_00), await both.types(both.home, 7_00, cash=True)
    await both.moves_home(both.places[1])
    for payment in (typed, cash):
        await banking.take_back_payment(
            both.home.application, both.home.ordering.merchant, payment.payment_id, by=OPERATOR, now=NOW
        )
    for account in (Account.BANK_CLEARING, Account.CASH, Account.PARTNER_CREDIT):
        assert await both.standing(account) == {first: 0, second: 0}
    await both.sound()


async def test_what_one_awaits_and_the_other_is_paid_is_owed_between_them(both: Both) -> None:
    first, second = both.entities
    typed = await both.types(both.home, 30_00)
    line = await both.other.line(30_00)
    match = await banking.match_awaited(
        both.home.application, both.other.says(line), banking.item_of_line(typed.payment_id)
    )
    assert await both.standing(Account.BANK_CLEARING) == {first: 0, second: 0}
    assert await both.standing(Account.BETWEEN_ENTITIES) == {first: 30_00, second: -30_00}
    await both.sound()
    await both.other.unmatches(match)
    await banking.take_back_payment(
        both.home.application, both.home.ordering.merchant, typed.payment_id, by=OPERATOR, now=NOW
    )
    assert await both.standing(Account.BETWEEN_ENTITIES) == {first: 0, second: 0}
    assert await both.standing(Account.BANK_CLEARING) == {first: 0, second: -30_00}
    await both.sound()


async def test_what_one_booked_and_the_other_s_bank_paid_is_owed_between_them(both: Both) -> None:
    first, second = both.entities
    application, merchant_id = both.home.application, both.home.account.merchant_id
    async with application.transaction() as connection:
        paid = PostEntry(
            merchant_id=merchant_id,
            operation_id=uuid4(),
            actor="test",
            where=await where_of_entity(connection, merchant_id, first),
            subject_kind=SubjectKind.BANK_ACCOUNT,
            subject_id=uuid4(),
            kind=Kind.PAY_UNCLAIMED_PROPERTY,
            reason="paid",
            currency="EUR",
            amount=20_00,
        )
        await application.ledger.post(connection, [paid], now=NOW)
    lines = [await both.other.line(-20_00) for _ in range(3)]
    said = await asyncio.gather(
        *(banking.match_booked(application, both.other.says(one), paid.operation_id) for one in lines),
        return_exceptions=True,
    )
    assert sorted(type(one).__name__ for one in said) == ["BankMatch", *["MatchInvalid"] * 2], "one line stands for it"
    [match] = [one for one in said if isinstance(one, BankMatch)]
    assert await both.standing(Account.BANK) == {first: 0, second: -60_00}
    assert await both.standing(Account.BETWEEN_ENTITIES) == {first: -20_00, second: 20_00}
    await both.sound()
    await both.other.unmatches(match)
    assert await both.standing(Account.BANK) == {first: -20_00, second: -60_00}
    assert await both.standing(Account.BETWEEN_ENTITIES) == {first: 0, second: 0}


class Chance:
    """Whatever bookkeepers, partners, banks and gateways may do, drawn by lot; `done` is what was, refusals beside."""

    def __init__(self, both: Both, seed: int) -> None:
        self.both = both
        self.application, self.merchant = both.home.application, both.home.ordering.merchant
        self.draw = random.Random(seed)
        self.orders: list[Order] = []
        self.invoices: list[Invoice] = []
        self.lines: list[tuple[Desk, KeptLine]] = []
        self.matches: list[BankMatch] = []
        self.payments: list[UUID] = []
        self.settlements: list[UUID] = []
        self.payouts: list[Payout] = []
        self.done: Counter[str] = Counter()

    @property
    def desk(self) -> Desk:
        """The bank account of either entity."""
        return self.draw.choice((self.both.home, self.both.other))

    async def invoice(self) -> Invoice:
        """Any invoice, as it stands."""
        return await stands(self.application, self.draw.choice(self.invoices))

    async def act(self) -> None:
        """One thing that somebody does, or is refused."""
        name = self.draw.choice(ACTS)
        try:
            await getattr(self, name)()
        except LargesseError as refused:
            self.done[refused.code] += 1
        except IndexError:  # there is nothing yet that it could be done to
            self.done["nothing"] += 1
        else:
            self.done[name] += 1

    async def orders_more(self) -> None:
        """A certificate on account, in whichever entity is home by now."""
        amount = f"{self.draw.randrange(10, 90)}.00"
        self.orders.append(await ordered(self.application, self.both.home.ordering, amount, refcode=str(uuid4())[:8]))

    async def invoices_all(self) -> None:
        """All that was ordered is invoiced."""
        self.invoices += await invoiced(self.application, self.both.home.ordering)

    async def cancels(self) -> None:
        """A certificate is cancelled, wholly: its line goes, or a credit note comes."""
        order = self.draw.choice(self.orders)
        place = Place(merchant_id=order.merchant_id, certificate_id=order.certificate_id or UUID(int=0))
        await void(self.application, place, request=a_request(), now=NOW)

    async def moves_home(self) -> None:
        """The other entity's place is the default."""
        await self.both.moves_home(self.draw.choice(self.both.places))

    async def is_told(self) -> None:
        """A bank tells of a movement."""
        desk, amount = self.desk, self.draw.choice((1, 1, 1, -1)) * self.draw.randrange(1_00, 120_00)
        self.lines.append((desk, await desk.line(amount)))

    async def pays(self) -> None:
        """A line, or a part of it, is a payment for an invoice, for too much, or for nothing yet."""
        desk, line = self.draw.choice(self.lines)
        line, invoice = await desk.again(line), await self.invoice()
        amount = self.draw.randint(1, max(line.left, 1))
        part = min(amount, invoice.open + invoice.written_off) if self.draw.random() < 0.8 else 0
        match = await desk.pays(line, *([(invoice, part)] if part else []), amount=amount)
        self.matches.append(match)
        self.payments += [match.target_id] if match.target_id else []

    async def pays_back(self) -> None:
        """Money that left a bank is the partner's."""
        desk, line = self.draw.choice(self.lines)
        partner_id = desk.ordering.partner.partner_id
        said = replace(desk.says(line), amount=max((await desk.again(line)).left, -5_00))
        self.matches.append(await banking.match_paid_back(self.application, said, partner_id))

    async def charges(self) -> None:
        """A line is what the bank charges."""
        desk, line = self.draw.choice(self.lines)
        self.matches.append(await banking.match_fee(self.application, desk.says(line)))

    async def types(self) -> None:
        """Somebody types a payment, in cash or for a line that will come."""
        invoice = await self.invoice()
        against = [(invoice, min(invoice.open, 40_00))] if invoice.open and self.draw.random() < 0.7 else []
        payment = await self.both.types(self.desk, 40_00, *against, cash=self.draw.random() < 0.3)
        self.payments.append(payment.payment_id)

    async def takes_back(self) -> None:
        """A payment that was typed was none."""
        payment_id = self.draw.choice(self.payments)
        await banking.take_back_payment(self.application, self.merchant, payment_id, by=OPERATOR, now=NOW)

    async def applies(self) -> None:
        """What is left of a payment is set against an invoice."""
        one = Against((invoice := await self.invoice()).invoice_id, min(invoice.open, 10_00))
        payment_id, act_id = self.draw.choice(self.payments), uuid4()
        await banking.apply_payment(
            self.application, self.merchant, payment_id, one, act_id=act_id, by=OPERATOR, now=NOW
        )
        self.settlements.append(act_id)

    async def frees(self) -> None:
        """What was set against an invoice is free again."""
        settlement_id = self.draw.choice(self.settlements)
        await banking.unapply(self.application, self.merchant, settlement_id, by=OPERATOR, now=NOW)

    async def loses(self) -> None:
        """An invoice is given up."""
        invoice = await self.invoice()
        await write_off(self.application, self.merchant, invoice.invoice_id, reason="gone", by=BOOKKEEPER, now=NOW)

    async def disputes(self) -> None:
        """A partner is not content with an invoice."""
        invoice = await self.invoice()
        await dispute(
            self.application, self.merchant, invoice.invoice_id, disputed=True, reason="wrong", by=BOOKKEEPER, now=NOW
        )

    async def is_sent(self) -> None:
        """A gateway sends money, of which it keeps a fee."""
        gross, fee = self.draw.randrange(10_00, 90_00), self.draw.randrange(0, 2_00)
        lines = (PayoutLine(line_no=1, what=PayoutPart.PAYMENT, reference=str(uuid4()), gross=gross, fee=fee),)
        told = PayoutTold(reference=str(uuid4()), currency="EUR", arrives_on=NOW.date(), lines=lines)
        self.payouts += await banking.take_payouts(
            self.application, self.merchant, [told], gateway="stripe", by=OPERATOR, now=NOW
        )

    async def lands(self) -> None:
        """What was on its way to a bank has come, to this entity's or the other's."""
        async with self.application.database.connection() as connection:
            waits = await banking.awaited_items(connection, self.merchant.merchant_id)
        one, desk = self.draw.choice(waits), self.desk
        line = await desk.line(one.amount)
        self.lines.append((desk, line))
        self.matches.append(await banking.match_awaited(self.application, desk.says(line), one.item))

    async def unmatches(self) -> None:
        """What was said of a line was wrong."""
        await self.both.home.unmatches(self.draw.choice(self.matches))


ACTS = tuple(name for name in vars(Chance) if name[0] != "_" and name not in {"act", "desk", "invoice"})
REFUSALS = {
    "bank.line.matched", "bank.match.invalid", "bank.match.undone", "certificate.void", "invoice.closed",
    "invoice.settlement.refused", "nothing", "partner.payment.invalid", "partner.payment.unknown",
    "partner.payment.used", "invoice.settlement.unknown",
}  # fmt: skip


@pytest.mark.parametrize("seed", range(3))
async def test_whatever_happens_in_whatever_order_the_books_of_each_are_true(both: Both, seed: int) -> None:
    """ACCOUNTS §1, "Always", after every step and for each legal entity; clearing accounts are what is open of them."""
    chance = Chance(both, seed)
    for begin in (chance.orders_more, chance.orders_more, chance.invoices_all, chance.is_told, chance.types):
        await begin()
    for _ in range(40):
        await chance.act()
        await both.sound()
    assert set(chance.done) <= {*ACTS, *REFUSALS}
    assert sum(chance.done[name] for name in ACTS) > 15, chance.done
    owed, credit, _ = await where_it_stands(chance.application, both.home.ordering.partner)
    assert sum((await both.standing(Account.PARTNER_RECEIVABLE)).values()) == owed
    assert sum((await both.standing(Account.PARTNER_CREDIT)).values()) == -credit
