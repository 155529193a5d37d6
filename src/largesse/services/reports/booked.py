"""Reports that are made of sums: their columns, their lines, and the postings behind each of their figures. Pure."""

from collections.abc import Sequence
from datetime import date

from largesse.ledger import Account, Counted, Figure, Kind, Sum, TaxSum, figure
from largesse.services.reports.asking import ReportQuestion
from largesse.services.reports.balances import balances
from largesse.services.reports.based import TaxesInBase
from largesse.services.reports.figured import Span
from largesse.services.reports.liability import LiabilityColumn, column_of, roll_forward
from largesse.services.reports.tables import CellKind, ReportColumn, ReportLine, Value, where_of

_OUTSTANDING = (Account.CERTIFICATES_OUTSTANDING, Account.PROMOTIONAL_OUTSTANDING)


LIABILITY_COLUMNS = (
    ReportColumn("class_of_value", CellKind.WORD),
    ReportColumn("location_id", CellKind.NAME),
    ReportColumn("currency", CellKind.WORD),
    ReportColumn("opening", figure=True),
    *(ReportColumn(one.value, figure=True) for one in LiabilityColumn),
    ReportColumn("closing", figure=True),
    ReportColumn("opening_discount", figure=True),
    ReportColumn("closing_discount", figure=True),
    ReportColumn("opening_tax", figure=True),
    ReportColumn("closing_tax", figure=True),
)
BALANCE_COLUMNS = (
    ReportColumn("account", CellKind.WORD),
    ReportColumn("currency", CellKind.WORD),
    ReportColumn("opening", figure=True),
    ReportColumn("debits", figure=True),
    ReportColumn("credits", figure=True),
    ReportColumn("closing", figure=True),
)
TAX_COLUMNS = (
    ReportColumn("legal_entity_id", CellKind.NAME),
    ReportColumn("tax_kind", CellKind.WORD),
    ReportColumn("tax_country", CellKind.WORD),
    ReportColumn("tax_rate_ppm", CellKind.RATE),
    ReportColumn("currency", CellKind.WORD),
    ReportColumn("taxable"),
    ReportColumn("tax", figure=True),
)
_IN_BASE = (ReportColumn("base_currency", CellKind.WORD), ReportColumn("tax_in_base", CellKind.BASE_MONEY))


def _liability_figures() -> dict[str, tuple[Figure, Span]]:
    by_column: dict[str, set[Counted]] = {one.value: set() for one in LiabilityColumn}
    standing = figure(credit=_OUTSTANDING, swapped=True)
    for kind in Kind:
        for one in standing:
            try:
                by_column[column_of(kind, one.debit, one.credit)].add(one._replace(kind=kind))
            except KeyError:
                continue  # no row of that kind changes what is outstanding
    discount = figure(debit=(Account.DISCOUNT_ON_OUTSTANDING,), swapped=True)
    tax = figure(debit=(Account.TAX_ON_OUTSTANDING,), swapped=True)
    within = {name: (frozenset(found), Span.WITHIN) for name, found in by_column.items()}
    return within | {
        f"{edge}{suffix}": (counted, span)
        for suffix, counted in (("", standing), ("_discount", discount), ("_tax", tax))
        for edge, span in (("opening", Span.BEFORE), ("closing", Span.THROUGH))
    }


LIABILITY_FIGURES = _liability_figures()


def account_figure(column: str, name: str | None) -> tuple[Figure, Span] | None:
    """Return what a column of the trial balance counts of an account, and of which days."""
    account = (Account(name),) if name else ()
    both = figure(debit=account, swapped=True)
    found = {
        "opening": (both, Span.BEFORE),
        "debits": (figure(debit=account), Span.WITHIN),
        "credits": (figure(credit=account), Span.WITHIN),
        "closing": (both, Span.THROUGH),
    }
    return found.get(column)


def of_liability(question: ReportQuestion, found: Sequence[Sum]) -> tuple[ReportLine, ...]:
    """Return the lines of the roll-forward."""
    lines = []
    for one in roll_forward(found, by_location=question.by_location):
        if one.opening or one.closing or one.columns or any((*one.discount, *one.tax)):
            cells: dict[str, Value] = {
                "class_of_value": one.class_of_value.value,
                "location_id": one.location_id,
                "currency": one.currency,
                "opening": one.opening,
                **{column.value: one.columns.get(column, 0) for column in LiabilityColumn},
                "closing": one.closing,
                "opening_discount": one.discount[0],
                "closing_discount": one.discount[1],
                "opening_tax": one.tax[0],
                "closing_tax": one.tax[1],
            }
            names = ("currency", "class_of_value", *(("location_id",) if question.by_location else ()))
            lines.append(ReportLine(cells=cells, where=where_of(cells, names)))
    return tuple(lines)


def of_balances(found: Sequence[Sum]) -> tuple[ReportLine, ...]:
    """Return the lines of the trial balance."""
    lines = []
    for one in balances(found):
        cells: dict[str, Value] = {
            "account": one.account.value,
            "currency": one.currency,
            "opening": one.opening,
            "debits": one.debits,
            "credits": one.credits,
            "closing": one.closing,
        }
        lines.append(ReportLine(cells=cells, where=where_of(cells, ("currency", "account"))))
    return tuple(lines)


def tax_columns(base: TaxesInBase | None) -> tuple[ReportColumn, ...]:
    """Return the columns of taxes; what they come to in the merchant's own money where some are in other."""
    return TAX_COLUMNS if base is None else (*TAX_COLUMNS, *_IN_BASE)


def of_taxes(
    question: ReportQuestion, found: Sequence[TaxSum], base: TaxesInBase | None = None
) -> tuple[ReportLine, ...]:
    """Return a line for each tax."""
    lines = []
    for one in found:
        if question.currency in (None, one.currency):
            cells: dict[str, Value] = {
                "legal_entity_id": one.legal_entity_id,
                "tax_kind": one.kind,
                "tax_country": one.country,
                "tax_rate_ppm": one.rate_ppm,
                "currency": one.currency,
                "taxable": one.taxable,
                "tax": one.tax,
            }
            if base is not None:
                cells |= {"base_currency": base.currency, "tax_in_base": base.of(one)}
            names = ("currency", "legal_entity_id", "tax_kind", "tax_country", "tax_rate_ppm")
            lines.append(ReportLine(cells=cells, where=where_of(cells, names)))
    return tuple(lines)


def due_days(question: ReportQuestion) -> dict[str, date]:
    """Return the days of a question as those that taxes are due on."""
    days = {"due_since": question.since, "due_until": question.until}
    return {name: day for name, day in days.items() if day is not None}
