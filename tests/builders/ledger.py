"""Commands and certificates as a test needs them: say what matters, the rest is sensible."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

from largesse.adapters.keyring import FixedKeyring
from largesse.kernel.where import BooksSale, Where
from largesse.ledger import Account, Books, ClassOfValue, Issue, Kind, Redeem, SubjectKind
from largesse.ledger.entries import Across, OpenItem, PostEntry, UndoEntry
from largesse.ledger.entry_rules import RULES, Place
from largesse.ledger.tax_lines import TaxLine

MERCHANT = UUID("01900000-0000-7000-8000-000000000001")
NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
GOOD_THROUGH = date(2027, 11, 22)
EXPIRES_AT = datetime(2027, 11, 23, 5, 0, tzinfo=UTC)
KEYRING = FixedKeyring([bytes(32)])
HOME = UUID("01900000-0000-7000-8000-0000000000a1")
ENTITY = UUID("01900000-0000-7000-8000-0000000000e1")
OTHER_ENTITY = UUID("01900000-0000-7000-8000-0000000000e2")
SUBJECTS = {
    kind: UUID(f"01900000-0000-7000-8000-0000000000{number:02x}") for number, kind in enumerate(SubjectKind, start=0xB0)
} | {SubjectKind.MERCHANT: MERCHANT, SubjectKind.LOCATION: HOME}
PARTNER = SUBJECTS[SubjectKind.PARTNER]
SOON = NOW + timedelta(hours=4)


def issue(
    *,
    value: int = 10_000,
    gratuity: int = 0,
    merchant_id: UUID = MERCHANT,
    certificate_id: UUID | None = None,
    operation_id: UUID | None = None,
    class_of_value: ClassOfValue = ClassOfValue.PAID,
    funding: Account | None = None,
    party_id: UUID | None = None,
    discount: int = 0,
    tax: int = 0,
    currency: str = "USD",
    expires_at: datetime | None = EXPIRES_AT,
) -> Issue:
    """A certificate of 100.00 USD that is good for a year."""
    given_away = class_of_value is ClassOfValue.PROMOTIONAL
    return Issue(
        merchant_id=merchant_id,
        certificate_id=certificate_id or uuid4(),
        operation_id=operation_id or uuid4(),
        actor="test",
        currency=currency,
        class_of_value=class_of_value,
        funding=funding or (Account.PROMOTIONS_GRANTED if given_away else Account.GATEWAY_CLEARING),
        party_id=party_id or (PARTNER if funding is Account.PARTNER_RECEIVABLE else None),
        value=value,
        gratuity=gratuity,
        discount=discount,
        added_tax=tax,
        good_through=None if expires_at is None else GOOD_THROUGH,
        expires_at=expires_at,
    )


def redeem(
    certificate_id: UUID,
    value: int,
    gratuity: int = 0,
    *,
    operation_id: UUID | None = None,
    merchant_id: UUID = MERCHANT,
) -> Redeem:
    """Spend at the till."""
    return Redeem(
        merchant_id=merchant_id,
        certificate_id=certificate_id,
        operation_id=operation_id or uuid4(),
        actor="test",
        value=value,
        gratuity=gratuity,
    )


def a_where(merchant_id: UUID = MERCHANT) -> Where:
    """The only location of a merchant in New York, whose redemptions are its sales."""
    return Where(
        merchant_id=merchant_id,
        location_id=HOME,
        legal_entity_id=ENTITY,
        country="US",
        time_zone="America/New_York",
        cut_off_hour=0,
        books_sale=BooksSale.LARGESSE,
        default_rate=None,
    )


def the_books(
    now: datetime,
    merchant_id: UUID = MERCHANT,
    *,
    redemptions_per_hour: int | None = None,
    expired_gratuity: Account = Account.BREAKAGE_OF_GRATUITIES,
    open_from: datetime | None = None,
) -> Books:
    """The open books of a merchant, by whose clock it is `now`."""
    return Books(
        merchant_id=merchant_id,
        clock=now,
        sealed_through=None,
        open_from=open_from,
        home=a_where(merchant_id),
        redemptions_per_hour=redemptions_per_hour,
        expired_gratuity=expired_gratuity,
    )


def entry(place: Place, amount: int = 1_000, **more: Any) -> PostEntry:
    """An entry that names what its rule wants named, about a subject of its kind that is always the same one."""
    kind, subject_kind, reason = place
    rule = RULES[place]
    given: dict[str, Any] = {
        "merchant_id": MERCHANT,
        "operation_id": uuid4(),
        "actor": "test",
        "where": a_where(),
        "subject_kind": subject_kind,
        "subject_id": SUBJECTS[subject_kind],
        "kind": kind,
        "reason": reason,
        "currency": "EUR",
        "amount": amount if rule.debit else 0,
    }
    if rule.of_partner and subject_kind is not SubjectKind.PARTNER:
        given["party_id"] = SUBJECTS[SubjectKind.PARTNER]
    if rule.items:
        given["open_item"] = OpenItem(min(rule.items), UUID(int=7))
    if rule.taxed:
        given["tax"] = TaxLine("DE", 190_000, amount * 5, amount)
    if rule.then:
        legal = kind is Kind.SETTLE_ENTITIES
        given["across"] = Across(legal_entity_id=OTHER_ENTITY) if legal else Across("USD", amount + 80)
    return PostEntry(**given | more)


def undo(done: PostEntry, kind: Kind, **more: Any) -> UndoEntry:
    """Undo what an entry booked."""
    given: dict[str, Any] = {
        "merchant_id": done.merchant_id,
        "operation_id": uuid4(),
        "actor": "test",
        "subject_kind": done.subject_kind,
        "subject_id": done.subject_id,
        "kind": kind,
        "undoes": done.operation_id,
    }
    return UndoEntry(**given | more)
