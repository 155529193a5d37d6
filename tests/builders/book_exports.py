"""Lines, heads and mappings of exports for a bookkeeper."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st

from largesse.domain.book_exports import (
    MAPPABLE,
    BookFacts,
    BookFormat,
    BookGrain,
    BookHead,
    BookLine,
    MappedAccount,
    starter_charts,
    writer_of,
)
from largesse.kernel.currency import currency
from largesse.ledger import Account, Kind

FACTS = BookFacts(datev_consultant="29098", datev_client="55003", datev_chart="03")
SKR03 = starter_charts()["skr03"].lines


def mapped(account: Account, lines: Sequence[MappedAccount] = SKR03) -> MappedAccount:
    """The line of an account that says nothing but itself."""
    return next(one for one in lines if one.account is account and one.rate_ppm is None)


def a_line(number: int = 1, **given: Any) -> BookLine:
    """100.00 that were sold by the gateway on 30 November."""
    told: dict[str, Any] = {
        "day": date(2026, 11, 30),
        "text": "Issued",
        "debit": mapped(Account.GATEWAY_CLEARING),
        "credit": mapped(Account.CERTIFICATES_OUTSTANDING),
        "amount": 10_000,
    }
    return BookLine(number=number, **told | given)


def a_head(*lines: BookLine, facts: BookFacts = FACTS, **given: Any) -> BookHead:
    """The head of a set of some lines."""
    days = [line.day for line in lines] or [date(2026, 11, 30)]
    told: dict[str, Any] = {
        "merchant": "Corner Spa", "set_number": 12, "currency": currency("EUR"), "grain": BookGrain.DAY,
        "first_day": min(days), "last_day": max(days), "made_at": datetime(2026, 12, 1, 8, 30, 0, 250_000, tzinfo=UTC),
        "lines": SKR03,
    }  # fmt: skip
    return BookHead(facts=facts, **told | given)


def written(
    wanted: BookFormat, lines: Sequence[BookLine], head: BookHead | None = None, *, at_once: int = 3
) -> dict[str, bytes]:
    """The files of a set in a format, written batch by batch."""
    writer, files = writer_of(wanted, head or a_head(*lines)), dict[str, bytes]()
    for start in range(0, len(lines), at_once):
        for piece in writer.add(lines[start : start + at_once]):
            files[piece.file] = files.get(piece.file, b"") + piece.data
    for piece in writer.end():
        files[piece.file] = files.get(piece.file, b"") + piece.data
    return files


def moved(lines: Iterable[BookLine]) -> Counter[str]:
    """What lines come to on each account there, debits above zero; what comes to nothing is left out."""
    sums = Counter[str]()
    for line in lines:
        sums[line.debit.code] += line.amount
        sums[line.credit.code] -= line.amount
    return Counter({code: total for code, total in sums.items() if total})


TEXTS = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=80)
_ACCOUNTS = st.sampled_from([mapped(one) for one in MAPPABLE])


@st.composite
def line_lists(draw: st.DrawFn) -> list[BookLine]:
    """Lines of some days in their order, of any accounts and amounts, some late, some taking others back."""
    days = sorted(draw(st.lists(st.dates(date(2025, 11, 1), date(2027, 2, 28)), min_size=1, max_size=12)))
    return [
        a_line(
            number,
            day=day,
            text=draw(TEXTS),
            debit=draw(_ACCOUNTS),
            credit=draw(_ACCOUNTS),
            amount=draw(st.integers(1, 3 * 10**12)),
            rows=draw(st.integers(1, 10**6)),
            kind=draw(st.sampled_from(Kind)).value,
            late_for=draw(st.none() | st.dates(date(2025, 1, 1), day)),
            undoes=draw(st.booleans()),
            location=draw(st.just("") | TEXTS),
        )
        for number, day in enumerate(days, 1)
    ]
