"""What may be done to a certificate in which state: every command that is about one, tried in every state."""

from collections.abc import Callable
from datetime import date, timedelta
from uuid import UUID

import pytest
from msgspec.structs import replace

from largesse.kernel.errors import LargesseError
from largesse.ledger import (
    Account,
    Activate,
    Adjust,
    Block,
    CaptureHold,
    CashOut,
    Command,
    Expire,
    Extend,
    HandOver,
    PlaceHold,
    Prepare,
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
from largesse.ledger.lots import LOTS_MAX
from tests.builders.book import CARD, OTHER, Book, about
from tests.builders.ledger import EXPIRES_AT, MERCHANT, SOON, issue

REDEMPTION, RELOAD, HOLD, EXPIRY, NEW = (UUID(int=number) for number in (201, 202, 203, 204, 205))
LATER = EXPIRES_AT + timedelta(days=400)

COMMANDS: dict[str, Command] = {
    "redeem": Redeem(**about(1), value=100),
    "hold": PlaceHold(**about(1), value=100, expires_at=LATER),
    "capture": CaptureHold(**about(1), hold_id=HOLD, value=100),
    "release": ReleaseHold(**about(1), hold_id=HOLD),
    "reverse": Reverse(**about(1), redemption_id=REDEMPTION),
    "reload": Reload(**about(1), value=100, funding=Account.CASH),
    "undo_reload": UndoReload(**about(1), reload_id=RELOAD),
    "refund": Refund(**about(1), value=100),
    "adjust": Adjust(**about(1), value=100, memo="typed twice"),
    "block": Block(**about(1)),
    "unblock": Unblock(**about(1)),
    "void": Void(**about(1), reason="fraud"),
    "cash_out": CashOut(**about(1)),
    "hand_over": HandOver(**about(1)),
    "expire": Expire(**about(1)),
    "reinstate": Reinstate(**about(1), expiry_id=EXPIRY),
    "extend": Extend(**about(1), good_through=date(2029, 1, 1), expires_at=LATER),
    "merge": Transfer(**about(1), to_certificate_id=OTHER, value=100),
    "fill": Transfer(**about(1, OTHER), to_certificate_id=CARD, value=100),
    "reissue": Transfer(**about(1), to_certificate_id=NEW, reissue=True),
    "activate": Activate(
        **about(1), currency="USD", funding=Account.CASH, value=100, good_through=None, expires_at=None
    ),
    "settle": Settle(**about(1), debit=Account.REFUNDS, credit=Account.GATEWAY_CLEARING, amount=1),
}


def inactive(book: Book) -> None:
    """A card that was printed, and not sold yet."""
    del book.ledger.certificates[MERCHANT, CARD]
    book.ledger.journal.clear()
    book.do(Prepare(**about(302), currency="USD"))


def void(book: Book) -> None:
    """Ended for good."""
    book.do(Void(**about(301), reason="fraud"))


def handed_over(book: Book) -> None:
    """Owed to the state."""
    book.do(HandOver(**about(301)))


def blocked(book: Book) -> None:
    """Stopped by staff."""
    book.do(Block(**about(301)))


def lapsed(book: Book) -> None:
    """Past its last good day, which the books do not say yet."""
    book.now = EXPIRES_AT


def expired(book: Book) -> None:
    """Past its last good day, and booked."""
    lapsed(book)
    book.do(replace(COMMANDS["expire"], operation_id=EXPIRY))


def held(book: Book) -> None:
    """With an open hold on some of each lot."""
    book.do(PlaceHold(**about(HOLD.int), value=14_600, expires_at=SOON))


def held_and_blocked(book: Book) -> None:
    """Blocked while a hold is open."""
    held(book)
    blocked(book)


def used_up(book: Book) -> None:
    """Nothing is left of it."""
    book.do(Redeem(**about(301), value=14_900, gratuity=1_500))


def active(_: Book) -> None:
    """As it was sold, reloaded and used once."""


def held_beyond_its_last_day(book: Book) -> None:
    """Past its last good day, with a hold that is still open."""
    book.do(PlaceHold(**about(HOLD.int), value=100, expires_at=LATER))
    lapsed(book)


_ALL = frozenset(COMMANDS) - {"settle"}
"""A refund of before may be paid, and booked, whatever became of the certificate."""
_NOTHING_UNDONE = {"capture": "hold.not_found", "release": "hold.not_found", "reinstate": "expiry.not_found"}
_NOT_OVER = {"expire": "certificate.not_expired", "reinstate": "expiry.not_found"}

REFUSED: dict[Callable[[Book], None], dict[str, str]] = {
    inactive: dict.fromkeys((_ALL | {"settle"}) - {"void", "activate"}, "certificate.inactive"),
    active: _NOT_OVER | _NOTHING_UNDONE | {"unblock": "certificate.not_blocked"},
    void: dict.fromkeys(_ALL, "certificate.void") | {"reverse": "redemption.undo.ended"},
    handed_over: dict.fromkeys(_ALL, "certificate.handed_over") | {"reverse": "redemption.undo.ended"},
    blocked: _NOT_OVER
    | _NOTHING_UNDONE
    | dict.fromkeys(
        ("redeem", "hold", "reload", "block", "cash_out", "hand_over", "merge", "fill"), "certificate.blocked"
    ),
    lapsed: _NOTHING_UNDONE
    | {"unblock": "certificate.not_blocked"}
    | dict.fromkeys(("redeem", "hold", "reload", "cash_out", "merge", "fill", "reissue"), "certificate.expired"),
    expired: dict.fromkeys(_ALL - {"void", "reinstate"}, "certificate.expired")
    | {"capture": "hold.not_found", "release": "hold.not_found", "unblock": "certificate.not_blocked"}
    | {"activate": "certificate.activated"},
    held: _NOT_OVER
    | {"unblock": "certificate.not_blocked"}
    | dict.fromkeys(("undo_reload", "void", "cash_out", "hand_over", "reissue"), "certificate.held"),
    held_and_blocked: _NOT_OVER
    | dict.fromkeys(
        ("redeem", "hold", "capture", "reload", "block", "cash_out", "hand_over", "merge", "fill"),
        "certificate.blocked",
    )
    | dict.fromkeys(("undo_reload", "void", "reissue"), "certificate.held"),
    held_beyond_its_last_day: {"unblock": "certificate.not_blocked", "reinstate": "expiry.not_found"}
    | dict.fromkeys(("redeem", "hold", "reload", "cash_out", "merge", "fill", "reissue"), "certificate.expired")
    | dict.fromkeys(("void", "hand_over", "expire"), "certificate.held"),
    used_up: _NOT_OVER
    | _NOTHING_UNDONE
    | {"unblock": "certificate.not_blocked", "undo_reload": "reload.used"}
    | dict.fromkeys(("redeem", "hold", "refund", "merge"), "certificate.balance.insufficient")
    | dict.fromkeys(("cash_out", "hand_over", "reissue"), "certificate.empty"),
}
"""What is refused in a state, and why; all else is done."""


def a_book() -> Book:
    """A certificate that was sold, reloaded and used once, beside another of the same kind."""
    book = Book()
    book.do(issue(certificate_id=OTHER, expires_at=None))
    book.do(Reload(**about(RELOAD.int), value=5_000, funding=Account.CASH))
    book.do(Redeem(**about(REDEMPTION.int), value=100))
    return book


@pytest.mark.parametrize("name", COMMANDS)
@pytest.mark.parametrize("state", REFUSED, ids=lambda state: state.__name__)
def test_what_is_done_in_a_state_and_what_is_refused(state: Callable[[Book], None], name: str) -> None:
    book = a_book()
    state(book)
    before = dict(book.ledger.certificates)
    [outcome] = book.ledger.post([COMMANDS[name]], now=book.now)
    refused = REFUSED[state] if state is inactive else {"activate": "certificate.activated"} | REFUSED[state]
    assert (outcome.code if isinstance(outcome, LargesseError) else None) == refused.get(name)
    assert (book.ledger.certificates == before) is isinstance(outcome, LargesseError)


def test_nothing_is_moved_to_or_from_what_does_not_stand(book: Book) -> None:
    for one, other in ((CARD, NEW), (NEW, CARD), (CARD, CARD)):
        asked = Transfer(**about(1, one), to_certificate_id=other, value=100)
        wanted = "certificate.not_found" if one != other else "certificate.transfer.mismatch"
        assert book.refusal(asked) == wanted
    for reissued, to, code in (
        (NEW, UUID(int=206), "certificate.not_found"),
        (CARD, OTHER, "certificate.exists"),
        (CARD, CARD, "certificate.transfer.mismatch"),
    ):
        assert book.refusal(Transfer(**about(1, reissued), to_certificate_id=to, reissue=True)) == code


def test_a_merge_brings_no_more_lots_than_a_certificate_has_place_for(book: Book) -> None:
    for number in range(LOTS_MAX - 2):
        book.do(Reload(**about(400 + number, OTHER), value=1, funding=Account.CASH))
    two = 9_901  # all of the first lot, and one of the second
    assert len(book.ledger.certificates[MERCHANT, OTHER].lots) == LOTS_MAX - 1
    assert book.refusal(Transfer(**about(1), to_certificate_id=OTHER, value=two)) == "certificate.lots.exceeded"
    book.do(Transfer(**about(1), to_certificate_id=OTHER, value=100))
    # What comes from a lot that is there already needs no place, and what would need one finds none.
    book.do(Transfer(**about(2), to_certificate_id=OTHER, value=100))
    assert book.refusal(Reload(**about(3, OTHER), value=1, funding=Account.CASH)) == "certificate.lots.exceeded"
    assert len(book.ledger.certificates[MERCHANT, OTHER].lots) == LOTS_MAX


@pytest.fixture
def book() -> Book:
    return a_book()
