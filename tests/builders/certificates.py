"""Merchants and certificates with numbers, on a real database."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from largesse.app.application import Application
from largesse.db import Connection, Database, gathering
from largesse.domain import certificates
from largesse.domain.certificates import NumberRow
from largesse.domain.merchants import Merchant, MerchantDraft
from largesse.domain.payments import PaymentInstructions, write_instructions
from largesse.kernel.clock import end_of_day
from largesse.kernel.conventions import English, SheetSize
from largesse.kernel.ids import new_id
from largesse.kernel.numbers import make_number
from largesse.kernel.tax import UNTAXED, TaxTreatment
from largesse.ledger import Account, ClassOfValue, Issue, Outcome
from largesse.services.certificates.lookup import Located, locate_id
from largesse.services.certificates.requests import Place, Request
from largesse.services.merchants import open_merchant
from tests.builders.application import NOW

# Fifty years on, so that it lies ahead of the real clock too, which some tests read; again a Monday.
GOOD_THROUGH = date(2077, 11, 22)


async def a_merchant(
    database: Database,
    *,
    slug: str = "corner-spa",
    number: str = "1001",
    prefix: str = "GL",
    currency: str = "USD",
    time_zone: str = "America/New_York",
    is_demo: bool = False,
    pays_by_hand: bool = True,
    english: English = English.BRITISH,
    paper: SheetSize = SheetSize.A4,
) -> Merchant:
    """A merchant that sells in dollars in New York, writes British English, and says how it is paid at its counter."""
    draft = MerchantDraft(
        slug=slug,
        number=number,
        prefix=prefix,
        name="Corner Spa",
        currency=currency,
        time_zone=time_zone,
        contact_email="owner@example.com",
        is_demo=is_demo,
        english=english,
        paper=paper,
    )
    async with database.transaction() as connection:
        made = await open_merchant(connection, draft, now=NOW)
        if pays_by_hand:
            told = PaymentInstructions(currency=currency, further="12 Harbor Street, Monday to Friday, 9 to 5", days=7)
            await write_instructions(connection, made.merchant_id, told, now=NOW)
        return made


async def keep_numbers(connection: Connection, rows: Sequence[NumberRow]) -> None:
    """Store sealed numbers."""
    async with gathering(connection) as writes:
        certificates.insert_numbers(writes, rows)


class Card:
    """A certificate in a buyer's hand: where it stands, and its number."""

    def __init__(self, merchant: Merchant, certificate_id: UUID, number: str) -> None:
        self.merchant = merchant
        self.place = Place(merchant_id=merchant.merchant_id, certificate_id=certificate_id)
        self.number = number

    async def stands(self, application: Application) -> Located:
        """The certificate as it stands."""
        return await locate_id(application, self.merchant, self.place.certificate_id)

    async def left(self, application: Application) -> tuple[int, int]:
        """What remains on it: value and gratuity."""
        certificate = (await self.stands(application)).certificate
        return certificate.balance, certificate.gratuity_balance


async def a_card(
    application: Application,
    merchant: Merchant,
    *,
    value: int = 10_000,
    gratuity: int = 0,
    currency: str = "",
    good_through: date | None = GOOD_THROUGH,
    funding: Account = Account.GATEWAY_CLEARING,
    class_of_value: ClassOfValue = ClassOfValue.PAID,
    treatment: TaxTreatment = UNTAXED,
    order_number: str | None = None,
    now: datetime = NOW,
) -> Card:
    """Issue a certificate of 100.00 that is good for a year, with a number; its price includes its tax."""
    certificate_id, number = new_id(now), make_number(merchant.prefix)
    command = Issue(
        merchant_id=merchant.merchant_id,
        certificate_id=certificate_id,
        operation_id=new_id(now),
        actor="test",
        currency=currency or merchant.currency,
        class_of_value=class_of_value,
        funding=funding,
        value=value,
        gratuity=gratuity,
        included_tax=treatment.included(value),
        treatment=treatment,
        good_through=good_through,
        expires_at=None if good_through is None else end_of_day(good_through, in_zone=merchant.zone),
        order_number=order_number,
    )
    async with application.database.transaction() as connection:
        [outcome] = await application.ledger.post(connection, [command], now=now)
        assert isinstance(outcome, Outcome)
        row = certificates.seal_number(application.keyring, merchant.merchant_id, certificate_id, number)
        await keep_numbers(connection, [row])
    return Card(merchant, certificate_id, number)


def a_request(memo: str | None = None) -> Request:
    """A fresh request of the test's."""
    return Request(operation_id=new_id(NOW), actor="test", memo=memo)
