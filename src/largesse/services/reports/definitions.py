"""What each report counts: which postings, of which days, and what tells its lines apart."""

from largesse.ledger import Account, Kind, Leg, figure
from largesse.services.reports.asking import ReportName
from largesse.services.reports.figured import FigureColumn, FiguredReport, Span

OF_OPEN_ITEMS = (
    Account.GATEWAY_CLEARING,
    Account.BANK_CLEARING,
    Account.TERMINAL,
    Account.TENDER_CLEARING,
    Account.CASH,
    Account.REFUNDS,
    Account.PARTNER_RECEIVABLE,
    Account.DISPUTED,
)
"""The accounts whose open items are told."""

_OUTSTANDING = (Account.CERTIFICATES_OUTSTANDING, Account.PROMOTIONAL_OUTSTANDING)
_SOLD = (Kind.ISSUE, Kind.ACTIVATE, Kind.RELOAD)
_TAKEN_BACK = (Kind.REFUND, Kind.UNDO_RELOAD, Kind.VOID)
_USED = (Kind.REDEEM, Kind.CAPTURE)
_LAPSED = (Kind.EXPIRE, Kind.REINSTATE)
_MATCHED = (Kind.MATCH, Kind.UNMATCH)
_GIVEN = (Account.PROMOTIONAL_OUTSTANDING,)
_GIVEN_AWAY = figure(credit=_GIVEN, swapped=True)
_ELSE_GIVEN = tuple(kind for kind in Kind if kind not in {*_SOLD, *_USED, *_LAPSED, Kind.REVERSE})
_RECEIVABLE = (Account.PARTNER_RECEIVABLE,)
_OWED = figure(debit=_RECEIVABLE, swapped=True)
_ELSE_OWED = tuple(kind for kind in Kind if kind not in {*_SOLD, *_TAKEN_BACK, *_MATCHED})
_TIPS = (Account.GRATUITIES_PAYABLE,)
_OWED_TIPS = figure(credit=_TIPS, swapped=True)
_NOT_PAID_OUT = tuple(kind for kind in Kind if kind is not Kind.PAY_OUT_GRATUITIES)
_PAID_BY = {
    "by_gateway": Account.GATEWAY_CLEARING,
    "by_cash": Account.CASH,
    "by_terminal": Account.TERMINAL,
    "by_till": Account.TENDER_CLEARING,
    "on_account": Account.PARTNER_RECEIVABLE,
    "by_refund": Account.REFUNDS,
    "brought_along": Account.OPENING_BALANCES,
    "given_away": Account.PROMOTIONS_GRANTED,
}
_FILLED = figure(_SOLD, credit=_OUTSTANDING)
_FACE = figure(_SOLD, credit=_OUTSTANDING, legs=(Leg.VALUE, Leg.DISCOUNT))
_TENDERS = (
    Account.GATEWAY_CLEARING,
    Account.CASH,
    Account.TERMINAL,
    Account.TENDER_CLEARING,
    Account.PARTNER_RECEIVABLE,
    Account.REFUNDS,
)

FIGURED: dict[ReportName, FiguredReport] = {
    ReportName.SALES: FiguredReport(
        ("offering_id", "class_of_value", "location_id"),
        (
            FigureColumn("sales", _FILLED, counted=True),
            FigureColumn("face", _FACE),
            FigureColumn("gratuity", figure(_SOLD, credit=_OUTSTANDING, legs=(Leg.GRATUITY,))),
            FigureColumn("discount", figure(_SOLD, debit=(Account.DISCOUNT_ON_OUTSTANDING,))),
            FigureColumn("tax", figure(_SOLD, credit=(Account.TAX_PAYABLE,))),
            FigureColumn("paid", figure(_SOLD, debit=_TENDERS)),
            FigureColumn("taken_back", figure(_TAKEN_BACK, debit=_OUTSTANDING)),
        ),
    ),
    ReportName.REDEMPTIONS: FiguredReport(
        ("booked_on", "location_id"),
        (
            FigureColumn("redemptions", figure(_USED, debit=_OUTSTANDING), counted=True),
            FigureColumn("value", figure(_USED, debit=_OUTSTANDING, legs=(Leg.VALUE,))),
            FigureColumn("gratuity", figure(_USED, debit=_OUTSTANDING, legs=(Leg.GRATUITY,))),
            FigureColumn("undone", figure((Kind.REVERSE,), credit=_OUTSTANDING)),
            FigureColumn("cashed_out", figure((Kind.CASH_OUT,), debit=_OUTSTANDING)),
            FigureColumn(
                "till_told",
                figure(
                    (Kind.CLOSE_TENDER,),
                    credit=(Account.TILLS,),
                    against=(Account.TENDER_CLEARING,),
                    swapped=True,
                ),
            ),
            FigureColumn(
                "till_difference",
                figure(
                    (Kind.CLOSE_TENDER,),
                    debit=(Account.CASH_DIFFERENCES,),
                    against=(Account.TENDER_CLEARING,),
                    swapped=True,
                ),
            ),
        ),
    ),
    ReportName.TENDERS: FiguredReport(
        ("location_id",),
        (
            *(FigureColumn(name, figure(_SOLD, debit=(account,))) for name, account in _PAID_BY.items()),
            FigureColumn("taken_back", figure(_TAKEN_BACK, debit=_OUTSTANDING)),
        ),
    ),
    ReportName.GRATUITIES: FiguredReport(
        ("location_id", "legal_entity_id"),
        (
            FigureColumn("opening", _OWED_TIPS, Span.BEFORE),
            FigureColumn("earned", figure(_NOT_PAID_OUT, credit=_TIPS, swapped=True)),
            FigureColumn("paid_out", figure((Kind.PAY_OUT_GRATUITIES,), debit=_TIPS)),
            FigureColumn("closing", _OWED_TIPS, Span.THROUGH),
        ),
    ),
    ReportName.PROMOTIONS: FiguredReport(
        ("offering_id", "location_id"),
        (
            FigureColumn("opening", _GIVEN_AWAY, Span.BEFORE),
            FigureColumn("granted", figure(_SOLD, credit=_GIVEN)),
            FigureColumn("used", figure(_USED, debit=_GIVEN)),
            FigureColumn("undone", figure((Kind.REVERSE,), credit=_GIVEN)),
            FigureColumn("lapsed", figure(_LAPSED, debit=_GIVEN, swapped=True)),
            FigureColumn("other", figure(_ELSE_GIVEN, credit=_GIVEN, swapped=True)),
            FigureColumn("closing", _GIVEN_AWAY, Span.THROUGH),
        ),
    ),
    ReportName.PARTNERS: FiguredReport(
        ("party_id",),
        (
            FigureColumn("opening", _OWED, Span.BEFORE),
            FigureColumn("ordered", figure(_SOLD, debit=_RECEIVABLE)),
            FigureColumn("taken_back", figure(_TAKEN_BACK, credit=_RECEIVABLE)),
            FigureColumn("matched", figure(_MATCHED, credit=_RECEIVABLE, swapped=True)),
            FigureColumn("other", figure(_ELSE_OWED, debit=_RECEIVABLE, swapped=True)),
            FigureColumn("closing", _OWED, Span.THROUGH),
            FigureColumn("credit_closing", figure(credit=(Account.PARTNER_CREDIT,), swapped=True), Span.THROUGH),
        ),
        named=True,
    ),
    ReportName.BETWEEN: FiguredReport(
        ("home_id", "location_id"),
        (
            FigureColumn("value", figure(_USED, debit=_OUTSTANDING, legs=(Leg.VALUE,))),
            FigureColumn("gratuity", figure(_USED, debit=_OUTSTANDING, legs=(Leg.GRATUITY,))),
            FigureColumn("undone", figure((Kind.REVERSE,), credit=_OUTSTANDING)),
        ),
    ),
    ReportName.JOURNAL: FiguredReport(
        ("booked_on", "kind", "debit", "credit"),
        (
            FigureColumn("operations", figure(debit=Account), counted=True),
            FigureColumn("amount", figure(debit=Account)),
        ),
    ),
    ReportName.OPEN_ITEMS: FiguredReport(
        ("open_item_kind", "open_item_id"),
        tuple(
            FigureColumn(f"open_{one.value}", figure(debit=(one,), swapped=True), Span.THROUGH) for one in OF_OPEN_ITEMS
        ),
        named=True,
    ),
}
"""The reports that are made of figures, each figure of each held to its rows by a test."""
