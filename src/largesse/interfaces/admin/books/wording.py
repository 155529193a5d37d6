"""What exports for the bookkeeper are called on their pages."""

from collections.abc import Sequence

from largesse.domain.book_exports import BookFormat, BookGrain, BookSet, MappingKey
from largesse.kernel.currency import currency
from largesse.kernel.errors import LargesseError
from largesse.kernel.money import Money
from largesse.services import reports
from largesse.services.book_exports import BookTotal, rate_said
from largesse.ui import Voice, choose_one
from largesse.web.choices import CHOICE_UNKNOWN


def format_names(voice: Voice) -> list[tuple[str, str]]:
    """Return the formats with what they are called."""
    return [
        (BookFormat.XERO.value, voice.t("Xero, manual journals")),
        (BookFormat.QUICKBOOKS_DESKTOP.value, voice.t("QuickBooks Desktop, journals")),
        (BookFormat.QUICKBOOKS_ONLINE.value, voice.t("QuickBooks Online, journals")),
        (BookFormat.DATEV.value, voice.t("DATEV, batch of postings (EXTF)")),
        (BookFormat.BEANCOUNT.value, "beancount"),
        (BookFormat.HLEDGER.value, "hledger"),
        (BookFormat.CSV.value, "CSV"),
        (BookFormat.XLSX.value, "XLSX"),
    ]


def grain_names(voice: Voice) -> list[tuple[str, str]]:
    """Return what may become a line."""
    return [
        (BookGrain.DAY.value, voice.t("what is alike on a day")),
        (BookGrain.MONTH.value, voice.t("what is alike in a month")),
        (BookGrain.ROW.value, voice.t("each row of the journal")),
    ]


def key_said(key: MappingKey, voice: Voice) -> str:
    """Return what has no account yet: the account, and what else decides."""
    more = [
        reports.class_name(key.class_of_value, voice) if key.class_of_value else "",
        f"{rate_said(key.rate_ppm)} %" if key.rate_ppm is not None else "",
    ]
    name = reports.account_name(key.account.value, voice)
    told = ", ".join(filter(None, more))
    return f"{name} ({told})" if told else name


def total_columns(voice: Voice) -> list[dict[str, str]]:
    """Return the columns of what an export does to each account."""
    return [
        {"key": "code", "title": voice.t("Account there")},
        {"key": "name", "title": voice.t("Name")},
        {"key": "debit", "title": voice.t("Debit"), "kind": "money"},
        {"key": "credit", "title": voice.t("Credit"), "kind": "money"},
    ]


def total_rows(totals: Sequence[BookTotal], code: str, voice: Voice) -> list[dict[str, str]]:
    """Return what an export does to each account."""
    money = currency(code)
    return [
        {
            "code": one.code if one.code is not None else voice.t("none yet"),
            "name": one.name if one.code is not None else reports.account_name(one.name, voice),
            "debit": voice.money(Money(one.debit, money)),
            "credit": voice.money(Money(one.credit, money)),
        }
        for one in totals
    ]


def set_said(made: BookSet, voice: Voice) -> dict[str, object]:
    """Return an export as its list tells it."""
    days = voice.day(made.first_day)
    if made.last_day != made.first_day:
        days = voice.t("{first} to {last}", first=days, last=voice.day(made.last_day))
    late = voice.n("{count} came late", "{count} came late", made.late_rows) if made.late_rows else ""
    rows = voice.n("{count} row", "{count} rows", made.rows)
    return {
        "number": made.set_number,
        "days": days,
        "rows": ", ".join(filter(None, [rows, late])),
        "total": voice.money(Money(made.total, currency(made.currency))),
        "format": made.format.value,
        "format_name": dict(format_names(voice))[made.format.value],
        "who": voice.t("{name}, {day}", name=made.made_by, day=voice.day(made.made_at.date())),
        "version": voice.count(made.mapping_version),
        "written": made.files,
    }


def refusal_said(error: LargesseError, voice: Voice) -> str:
    """Return why something was not done, in the reader's language."""
    return {
        CHOICE_UNKNOWN: choose_one(voice),
        "books.nothing": voice.t("Nothing up to that day waits to be exported."),
        "books.unmapped": voice.t("Some accounts have no account in your bookkeeper’s program yet."),
        "books.facts": voice.t("Your bookkeeper’s program wants to know more: see the accounts."),
        "books.format": voice.t("This format cannot hold the export. Choose CSV or XLSX."),
        "books.set_unknown": voice.t("There is no such export."),
        "books.mapping_changed": voice.t("Somebody else changed the accounts in the meantime. Look at them again."),
    }.get(error.code, error.message)


def fault_said(code: str, voice: Voice) -> str:
    """Return what is wrong with a line of the accounts, by its code, or with a fact, by its field."""
    without = voice.t("without quotes, semicolons, bars and tabs")
    return {
        "books.mapping.account": voice.t("No account of the ledger that is exported."),
        "books.mapping.code": voice.t("Write the account as your program knows it, {without}.", without=without),
        "books.mapping.name": voice.t("Write its name in at most 100 characters, {without}.", without=without),
        "books.mapping.tax_code": voice.t("Write the tax in at most 50 characters, {without}.", without=without),
        "books.mapping.class_of_value": voice.t("The class of value is paid or credit."),
        "books.mapping.tax_kind": voice.t("The kind of tax is none, sales_tax, single_purpose or multi_purpose."),
        "books.mapping.rate": voice.t("Write the tax rate in percent, 0 to 100."),
        "books.mapping.location": voice.t("There is no location with this code."),
        "books.mapping.twice": voice.t("This stands there twice."),
        "books.mapping.many": voice.t("At most 500 lines are kept."),
        "books.mapping.csv": voice.t("The quotes do not fit together."),
        "books.mapping.columns": voice.t("The first line names the columns, as it stood there."),
        "xero_tax": voice.t("Write the full name of the tax rate in Xero."),
        "xero_tracking": voice.t("Write the name of the tracking category in Xero."),
        "quickbooks_columns": voice.t("Name columns that there are, each once, separated by commas."),
        "datev_consultant": voice.t("DATEV’s number of a consultant has 4 to 7 digits."),
        "datev_client": voice.t("DATEV’s number of a client has 1 to 5 digits."),
        "datev_year_begins": voice.t("Choose a month."),
        "datev_account_length": voice.t("Accounts have 4 to 8 digits."),
        "datev_chart": voice.t("Choose one of them."),
    }.get(code, voice.t("This cannot be kept."))
