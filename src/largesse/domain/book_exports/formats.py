"""Which format writes what, and what each wants to know."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Final

from largesse.domain.book_exports.datev import DatevWriter
from largesse.domain.book_exports.errors import BookFactsMissing, BookFormatUnfit
from largesse.domain.book_exports.lines import BookHead, BookWriter
from largesse.domain.book_exports.mappings import account_fits_datev
from largesse.domain.book_exports.model import BookFacts, BookFormat, MappedAccount
from largesse.domain.book_exports.plain_text import BeancountWriter, HledgerWriter
from largesse.domain.book_exports.tables import PlainWriter, QuickBooksWriter, XeroWriter
from largesse.domain.book_exports.workbook import WorkbookWriter

_DATEV_DECIMALS: Final = 2

_WRITERS: Final[Mapping[BookFormat, Callable[[BookHead], BookWriter]]] = {
    BookFormat.XERO: XeroWriter,
    BookFormat.QUICKBOOKS_DESKTOP: partial(QuickBooksWriter, online=False),
    BookFormat.QUICKBOOKS_ONLINE: partial(QuickBooksWriter, online=True),
    BookFormat.DATEV: DatevWriter,
    BookFormat.BEANCOUNT: BeancountWriter,
    BookFormat.HLEDGER: HledgerWriter,
    BookFormat.CSV: PlainWriter,
    BookFormat.XLSX: WorkbookWriter,
}


def writer_of(wanted: BookFormat, head: BookHead) -> BookWriter:
    """Return what writes a set in a format.

    Raises:
        BookFactsMissing: the program wants to know something that was not said.
        BookFormatUnfit: it cannot hold the currency, or an account.
    """
    demand_fit(wanted, head.facts, head.lines, decimals=head.currency.exponent)
    return _WRITERS[wanted](head)


def demand_fit(wanted: BookFormat, facts: BookFacts, lines: tuple[MappedAccount, ...], *, decimals: int) -> None:
    """Let a set be made for a format, or say what is missing.

    Raises:
        BookFactsMissing: the program wants to know something that was not said.
        BookFormatUnfit: it cannot hold the currency, or an account.
    """
    if wanted is not BookFormat.DATEV:
        return
    missing = list(_missing(facts))
    if missing:
        raise BookFactsMissing(f"DATEV wants to know {' and '.join(missing)}. Write them beside your accounts.")
    if decimals > _DATEV_DECIMALS:
        raise BookFormatUnfit("DATEV has amounts of two decimals, and this currency has more. Choose CSV or XLSX.")
    unfit = sorted({line.code for line in lines if not account_fits_datev(line.code, facts.datev_account_length)})
    if unfit:
        told = ", ".join(unfit[:5])
        raise BookFormatUnfit(
            f"DATEV's accounts are numbers of at most {facts.datev_account_length} digits: {told} are none."
        )


def _missing(facts: BookFacts) -> Iterator[str]:
    if not facts.datev_consultant:
        yield "the consultant's number"
    if not facts.datev_client:
        yield "the client's number"
