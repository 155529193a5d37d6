"""Lists of the office: what somebody asks for stands in the address as a sentence's blanks, and names nobody.

A page of a list says which blanks its sentence has, what they ask of which column, and how a row looks; the machinery
here reads the address, writes the addresses of sorting and turning pages, and makes an export of just what is shown.
`docs/howto/write-a-page.md` has an example.
"""

import tempfile
from collections.abc import AsyncIterator, Callable, Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from string import Formatter
from typing import IO, Any, Final
from urllib.parse import urlencode

import msgspec
from litestar.response import Stream

from largesse.db.listing import Condition, ListAsked, Listing, ListPage
from largesse.domain.merchants import Merchant
from largesse.kernel import free_text
from largesse.kernel.clock import day_of, start_of_day
from largesse.kernel.paging import Period
from largesse.ui import Voice
from largesse.web.choices import ChoiceUnknown, chosen
from largesse.web.request import AnyRequest
from largesse.web.responses import attachment

TYPED_MAX: Final = 60
_SIGNS: Final = ",.;:!?"
_CHUNK_BYTES: Final = 1 << 16
_IN_MEMORY: Final = 1 << 20

Conditions = Callable[[str], Sequence[Condition]]
"""What a value of a blank asks of the list's columns."""


class Blank(msgspec.Struct, frozen=True, kw_only=True):
    """A blank of a list's sentence: one of some words, or, where there are none, something typed.

    `label` says what it is about to whoever does not see the sentence. The first of `options`, pairs of value and
    words, is what stands there unless somebody chooses.
    """

    name: str
    label: str
    asks: Conditions
    options: tuple[tuple[str, str], ...] = ()
    hint: str = ""

    @property
    def usual(self) -> str:
        """What stands there unless somebody chooses."""
        return self.options[0][0] if self.options else ""


class SentencePart(msgspec.Struct, frozen=True, kw_only=True):
    """A piece of a sentence: some words, or a blank with what stands in it and the sign `after` it on the same line."""

    text: str = ""
    blank: Blank | None = None
    value: str = ""
    after: str = ""


class Head(msgspec.Struct, frozen=True, kw_only=True):
    """A column of a list. `kind` is that of `ui/record.html`; `sorts` names the orders by it, the usual first."""

    key: str
    title: str
    kind: str = ""
    sorts: tuple[str, ...] = ()


class Query(msgspec.Struct, frozen=True, kw_only=True):
    """What an address asks of a list: where it stands, what is in the blanks, and which page.

    `left_out` names what it asks that the list does not offer, as forged and outdated addresses do.
    """

    path: str
    listing: Listing
    blanks: tuple[Blank, ...]
    chosen: Mapping[str, str]
    sort: str
    asked: ListAsked
    left_out: tuple[str, ...] = ()

    def address(self, **changes: str) -> str:
        """Return the address of this list with something else chosen, sorted otherwise, or of another page."""
        usual = {blank.name: blank.usual for blank in self.blanks} | {"sort": self.listing.usual}
        wanted = {**self.chosen, "sort": self.sort, **changes}
        said = {name: value for name, value in wanted.items() if value and value != usual.get(name, "")}
        return f"{self.path}?{urlencode(said)}" if said else self.path

    @property
    def is_narrowed(self) -> bool:
        """Whether something is chosen at all."""
        return any(self.chosen[blank.name] != blank.usual for blank in self.blanks)


def read_query(request: AnyRequest, path: str, listing: Listing, blanks: Sequence[Blank]) -> Query:
    """Return what the address of a request asks of a list; what it cannot mean is left as usual, and said."""
    given = {name: str(value) for name, value in request.query_params.items()}
    return query_of(given, path, listing, blanks)


def posted_query(given: Mapping[str, str], path: str, listing: Listing, blanks: Sequence[Blank]) -> Query:
    """Return what a posted form asks of a list: a file never holds more than was asked for.

    Raises:
        ChoiceUnknown: it asks for something that the list does not offer.
    """
    query = query_of(given, path, listing, blanks)
    for blank in blanks:
        if blank.label in query.left_out:
            raise ChoiceUnknown(blank.name)
    chosen(given, "sort", listing.sorts, usual=listing.usual)
    return query


def query_of(given: Mapping[str, str], path: str, listing: Listing, blanks: Sequence[Blank]) -> Query:
    """Return what some fields, of an address or of a posted form, ask of a list."""
    filled, left_out = dict[str, str](), list[str]()
    for blank in blanks:
        value = free_text.one_line(given.get(blank.name, blank.usual)[:TYPED_MAX])
        known = {option for option, _ in blank.options}
        if known and value not in known:
            left_out.append(blank.label)
            value = blank.usual
        filled[blank.name] = value
    sort = given.get("sort", "")
    sort = sort if sort in listing.sorts else listing.usual
    where = tuple(condition for blank in blanks for condition in blank.asks(filled[blank.name]))
    return Query(
        path=path,
        listing=listing,
        blanks=tuple(blanks),
        chosen=filled,
        sort=sort,
        asked=ListAsked(where=where, sort=sort, after=given.get("after", ""), before=given.get("before", "")),
        left_out=tuple(left_out),
    )


def sentence_of(query: Query, words: str) -> list[SentencePart]:
    """Return a sentence such as `Orders {status}, placed {placed}` in pieces, its blanks filled as they are chosen."""
    blanks = {blank.name: blank for blank in query.blanks}
    parts = list[SentencePart]()
    for text, name, _, _ in Formatter().parse(words):
        sign = text[: len(text) - len(text.lstrip(_SIGNS))] if parts else ""
        if sign:
            parts[-1] = msgspec.structs.replace(parts[-1], after=sign)
        if text := text.removeprefix(sign):
            parts.append(SentencePart(text=text))
        if name:
            parts.append(SentencePart(blank=blanks[name], value=query.chosen[name]))
    return parts


def shown_list(
    query: Query, page: ListPage, *, words: str, heads: Sequence[Head], rows: Iterable[Mapping[str, object]], said: str
) -> dict[str, object]:
    """Return what `admin/list.html` shows of a page of a list. `said` tells how many rows the list has in all."""
    return {
        "sentence": sentence_of(query, words),
        "path": query.path,
        "address": query.address(),
        "sort": "" if query.sort == query.listing.usual else query.sort,
        "chosen": {**query.chosen, "sort": query.sort},
        "narrowed": query.is_narrowed,
        "left_out": list(query.left_out),
        "columns": [_column(query, head) for head in heads],
        "rows": list(rows),
        "said": said,
        "previous": query.address(before=page.before) if page.before else None,
        "next": query.address(after=page.after) if page.after else None,
    }


def _column(query: Query, head: Head) -> dict[str, str]:
    column = {"key": head.key, "title": head.title, "kind": head.kind}
    if head.sorts:
        now = query.sort in head.sorts
        others = [one for one in head.sorts if one != query.sort]
        column["href"] = query.address(sort=others[0] if now and others else head.sorts[0])
        if now:
            column["sorted"] = "descending" if query.listing.sorts[query.sort].descending else "ascending"
    return column


def one_of(column: str, kind: str = "text") -> Conditions:
    """Return how a blank asks that a column is what was chosen; with nothing chosen, all is meant."""
    return lambda value: [Condition(column, "=", value, kind)] if value else []


def periods(voice: Voice) -> tuple[tuple[str, str], ...]:
    """Return the spans of time that a blank offers."""
    return (
        ("", voice.t("at any time")),
        ("today", voice.t("today")),
        ("yesterday", voice.t("yesterday")),
        ("7d", voice.t("in the last 7 days")),
        ("30d", voice.t("in the last 30 days")),
        ("month", voice.t("this month")),
        ("last-month", voice.t("last month")),
        ("year", voice.t("this year")),
        ("last-year", voice.t("last year")),
    )


def period_of(word: str, merchant: Merchant, *, now: datetime) -> Period:
    """Return the span that a word of `periods` means, in whole days of the merchant's calendar."""
    today = day_of(now, in_zone=merchant.zone)
    month = today.replace(day=1)
    spans: dict[str, tuple[date | None, date | None]] = {
        "today": (today, None),
        "yesterday": (today - timedelta(days=1), today),
        "7d": (today - timedelta(days=6), None),
        "30d": (today - timedelta(days=29), None),
        "month": (month, None),
        "last-month": ((month - timedelta(days=1)).replace(day=1), month),
        "year": (today.replace(month=1, day=1), None),
        "last-year": (date(today.year - 1, 1, 1), today.replace(month=1, day=1)),
    }
    since, until = spans.get(word, (None, None))
    return Period(since=_start(since, merchant), until=_start(until, merchant))


def within(column: str, merchant: Merchant, *, now: datetime) -> Conditions:
    """Return how a blank asks that a moment lies in one of `periods`."""

    def asks(word: str) -> list[Condition]:
        span = period_of(word, merchant, now=now)
        ends = ((">=", span.since), ("<", span.until))
        return [Condition(column, sign, moment, "timestamptz") for sign, moment in ends if moment is not None]

    return asks


def _start(day: date | None, merchant: Merchant) -> datetime | None:
    return None if day is None else start_of_day(day, in_zone=merchant.zone)


async def csv_answer(write: Callable[[Callable[[bytes], Any]], Any], *, name: str, day: date) -> Stream:
    """Return the same as a table of a day."""
    return await file_answer(write, name=f"{name}-{day:%Y-%m-%d}.csv", media_type="text/csv; charset=utf-8")


async def file_answer(
    write: Callable[[Callable[[bytes], Any]], Any], *, name: str, media_type: str, waits: bool = True
) -> Stream:
    """Return a file that `write` writes to the sink that it is given; it is on disk while it is sent, and then gone.

    With `waits` the sink is awaited, else it is called.
    """
    file: IO[bytes] = tempfile.SpooledTemporaryFile(max_size=_IN_MEMORY)  # noqa: SIM115 - closed when it is sent

    async def sink(data: bytes) -> None:
        file.write(data)

    try:
        await write(sink if waits else file.write)
    except BaseException:
        file.close()
        raise
    file.seek(0)

    async def chunks() -> AsyncIterator[bytes]:
        with file:
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk

    headers = {
        "Content-Disposition": attachment(name),
        "Cache-Control": "no-store",
        "X-Content-Type-Options": "nosniff",
    }
    return Stream(chunks(), media_type=media_type, headers=headers)
