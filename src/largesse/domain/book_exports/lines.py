"""Lines of an export as every format writes them: what was booked, between which accounts of which program."""

from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import NamedTuple, Protocol
from uuid import UUID

import msgspec

from largesse.domain.book_exports.model import BookFacts, BookGrain, MappedAccount
from largesse.kernel.currency import Currency
from largesse.kernel.money import plain


class BookLine(msgspec.Struct, frozen=True, kw_only=True):
    """One debit and one credit of the same amount, which is above zero, in the currency's smallest unit.

    `late_for` is the day that its tax was due on where it came late; `undoes`: whether it takes back what another line
    told, with the sides swapped. `rows` is how many rows of the journal it is of; of one, `row` says which.
    """

    number: int
    day: date
    text: str
    debit: MappedAccount
    credit: MappedAccount
    amount: int
    rows: int = 1
    kind: str = ""
    late_for: date | None = None
    imported: bool = False
    undoes: bool = False
    location: str = ""
    class_of_value: str = ""
    tax_kind: str = ""
    tax_country: str = ""
    rate_ppm: int | None = None
    taxable: int | None = None
    tax: int | None = None
    row: tuple[UUID, int] | None = None

    @property
    def moves(self) -> bool:
        """Whether it changes anything there: both sides may be the same account of the bookkeeper's."""
        return self.debit.code != self.credit.code


class BookHead(msgspec.Struct, frozen=True, kw_only=True):
    """What a file says of the set it holds. `repeat` is 0 for the first file of a set, then counts up."""

    merchant: str
    set_number: int
    currency: Currency
    grain: BookGrain
    first_day: date
    last_day: date
    made_at: datetime
    facts: BookFacts
    lines: tuple[MappedAccount, ...]
    repeat: int = 0

    @property
    def name(self) -> str:
        """The beginning of the names of its files."""
        return f"largesse-{self.set_number}" + (f"-repeat-{self.repeat}" if self.repeat else "")

    def plain(self, minor: int) -> str:
        """Return an amount as decimal text."""
        return plain(minor, self.currency)


class Piece(NamedTuple):
    """The next bytes of one of the files of an export."""

    file: str
    data: bytes


class BookWriter(Protocol):
    """Write lines in a format, batch by batch; pure: the same lines give the same pieces."""

    def add(self, lines: Iterable[BookLine]) -> Iterator[Piece]:
        """Write the next lines, which come in the order of their days."""

    def end(self) -> Iterator[Piece]:
        """Write what ends the files."""
