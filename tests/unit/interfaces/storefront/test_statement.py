"""What a holder reads of a certificate's history: every movement of it, in words, and nothing else."""

from collections.abc import Sequence
from datetime import date, timedelta
from uuid import UUID

import pytest

from largesse.domain.merchants import Merchant
from largesse.interfaces.storefront import FOLDER
from largesse.interfaces.storefront.statement import MOMENTS_MAX, statement_of
from largesse.ledger import (
    Account,
    Adjust,
    Block,
    CaptureHold,
    CashOut,
    Command,
    Expire,
    Extend,
    HandOver,
    Outcome,
    PlaceHold,
    Redeem,
    Refund,
    Reinstate,
    ReleaseHold,
    Reload,
    Reverse,
    Settle,
    Transfer,
    Unblock,
    UndoReload,
    Void,
)
from largesse.ui import LANGUAGES, speak
from tests.builders.book import CARD, OTHER, Book, about
from tests.builders.ledger import EXPIRES_AT, MERCHANT, NOW, SOON, issue

SPA = Merchant(
    merchant_id=MERCHANT,
    slug="spa",
    number="1001",
    prefix="GL",
    name="Corner Spa",
    currency="USD",
    time_zone="America/New_York",
    contact_email="spa@example.com",
    is_demo=False,
    created_at=NOW,
)
LATER = EXPIRES_AT + timedelta(days=400)


@pytest.fixture
def book() -> Book:
    book = Book()
    book.do(issue(certificate_id=OTHER, expires_at=None))
    return book


def told(book: Book, language: str = "en", *, certificate_id: UUID = CARD) -> list[str]:
    """What the page says of a certificate, the oldest first."""
    voice = speak(language, folders=(FOLDER / "locale",))
    entries = [row for row in book.ledger.journal if row.subject_id == certificate_id]
    return [moment.what for moment in statement_of(entries, SPA, voice, now=NOW)][::-1]


MOVEMENTS: dict[str, tuple[Sequence[Command], str]] = {
    "redeem": ([Redeem(**about(1), value=2_550, gratuity=500)], "$25.50 plus $5.00 gratuity spent"),
    "gratuity": ([Redeem(**about(1), value=0, gratuity=500)], "$5.00 gratuity spent"),
    "capture": (
        [
            PlaceHold(**about(1), value=500, expires_at=SOON),
            CaptureHold(**about(2), hold_id=UUID(int=1), value=300),
        ],
        "$3.00 spent",
    ),
    "reload": ([Reload(**about(1), value=500, funding=Account.CASH)], "$5.00 added"),
    "refund": ([Refund(**about(1), value=500)], "$5.00 paid back to whoever bought it"),
    "add": ([Adjust(**about(1), value=500, memo="we owe it")], "Corrected by the shop: $5.00"),
    "take": ([Adjust(**about(1), value=-500, memo="typed twice")], "Corrected by the shop: −$5.00"),
    "merge": ([Transfer(**about(1), to_certificate_id=OTHER, value=500)], "$5.00 moved to another certificate"),
    "fill": ([Transfer(**about(1, OTHER), to_certificate_id=CARD, value=500)], "$5.00 came from another certificate"),
    "cash_out": ([CashOut(**about(1))], "$100.00 plus $15.00 gratuity paid out"),
    "hand_over": (
        [HandOver(**about(1), share_ppm=600_000)],
        "What remained was handed over to the state as unclaimed property",
    ),
    "void": ([Void(**about(1), reason="fraud")], "Cancelled"),
    "block": ([Block(**about(1))], "Blocked for now"),
    "extend": ([Extend(**about(1), good_through=date(2029, 1, 1), expires_at=LATER)], "A new last day was set"),
}


@pytest.mark.parametrize("commands, sentence", MOVEMENTS.values(), ids=MOVEMENTS)
def test_every_movement_is_told_in_one_line(book: Book, commands: Sequence[Command], sentence: str) -> None:
    for command in commands:
        book.do(command)
    assert told(book) == [sentence]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_movement_is_told_in_every_language(language: str) -> None:
    for name, (commands, sentence) in MOVEMENTS.items():
        book = Book()
        book.do(issue(certificate_id=OTHER, expires_at=None))
        for command in commands:
            book.do(command)
        [said] = told(book, language)
        assert (said == sentence) is (language == "en"), name


def test_what_was_undone_is_told_beside_what_it_undoes(book: Book) -> None:
    book.do(Redeem(**about(1), value=2_550))
    book.do(Reverse(**about(2), redemption_id=UUID(int=1)))
    book.do(Reload(**about(3), value=500, funding=Account.CASH))
    book.do(UndoReload(**about(4), reload_id=UUID(int=3)))
    book.do(Block(**about(5)))
    book.do(Unblock(**about(6)))
    assert told(book) == [
        "$25.50 spent",
        "A purchase was undone: $25.50 is back",
        "$5.00 added",
        "$5.00 taken off: it was added by mistake",
        "Blocked for now",
        "May be used again",
    ]


def test_what_comes_late_around_an_expiry_is_told_part_by_part(book: Book) -> None:
    book.now = EXPIRES_AT
    book.do(Expire(**about(1)))
    late: list[Command] = [
        Reinstate(**about(2), expiry_id=UUID(int=1)),
        Extend(**about(2), good_through=date(2029, 1, 1), expires_at=LATER),
        Redeem(**about(2), value=100),
    ]
    outcomes = book.ledger.post_all(late, now=book.now)
    assert isinstance(outcomes, tuple)
    assert all(isinstance(one, Outcome) for one in outcomes)
    assert told(book) == [
        "Its last day passed; what remained has lapsed",
        "May be used again",
        "A new last day was set",
        "$1.00 spent",
    ]


def test_what_is_set_aside_or_booked_between_others_is_no_business_of_the_holder(book: Book) -> None:
    book.do(PlaceHold(**about(1), value=500, expires_at=SOON))
    book.do(ReleaseHold(**about(2), hold_id=UUID(int=1)))
    book.do(Settle(**about(3), debit=Account.REFUNDS, credit=Account.GATEWAY_CLEARING, amount=1))
    assert told(book) == []


def test_it_begins_with_the_latest_and_ends_somewhere(book: Book) -> None:
    book.do(Block(**about(1)))
    for number in range(2, MOMENTS_MAX + 2):
        command = Unblock if number % 2 == 0 else Block
        book.do(command(**about(number)))
    voice = speak("en", folders=(FOLDER / "locale",))
    entries = [row for row in book.ledger.journal if row.subject_id == CARD]
    moments = statement_of(entries, SPA, voice, now=NOW)
    assert len(moments) == MOMENTS_MAX
    assert (moments[0].what, moments[-1].what) == ("Blocked for now", "May be used again")
    assert moments[0].at == NOW.isoformat(timespec="seconds")
    assert "today" in moments[0].when
