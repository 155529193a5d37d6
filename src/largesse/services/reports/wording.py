"""What reports are called and say, in the reader's language. Pure."""

from collections.abc import Callable, Sequence
from decimal import Decimal

from largesse.kernel.campaigns import Campaign
from largesse.kernel.errors import FieldError
from largesse.ledger import Account, ClassOfValue, OpenItemKind
from largesse.services.reports import breakage_words
from largesse.services.reports.asking import ReportName
from largesse.services.reports.book_words import account_name, kind_name
from largesse.services.reports.slicing import MONTHS_MAX
from largesse.services.reports.statements import ROWS_MAX
from largesse.services.reports.tables import PRINTED_MAX
from largesse.ui import LANGUAGE_NAMES, Voice


def title_of(report: ReportName, voice: Voice) -> str:
    """Return what a report is called."""
    return {
        ReportName.LIABILITY: voice.t("What is outstanding"),
        ReportName.BALANCES: voice.t("Trial balance"),
        ReportName.TAXES: voice.t("Taxes"),
        ReportName.SALES: voice.t("Sales"),
        ReportName.REDEMPTIONS: voice.t("Redemptions"),
        ReportName.TENDERS: voice.t("Ways to pay"),
        ReportName.GRATUITIES: voice.t("Gratuities"),
        ReportName.PROMOTIONS: voice.t("Given away"),
        ReportName.CODES: voice.t("Promo codes"),
        ReportName.BETWEEN: voice.t("Between locations"),
        ReportName.PARTNERS: voice.t("Owed by partners"),
        ReportName.BY_ISSUE: voice.t("Outstanding by age"),
        ReportName.BY_ACTIVITY: voice.t("Outstanding by last use"),
        ReportName.BY_LAST_DAY: voice.t("Outstanding by last good day"),
        ReportName.BY_LEGAL_CLOCK: voice.t("Outstanding by the law's clock"),
        ReportName.OPEN_ITEMS: voice.t("Open items"),
        ReportName.JOURNAL: voice.t("Daily journal"),
        ReportName.STATEMENT: voice.t("Statement of an account"),
        ReportName.PEOPLE: voice.t("Exceptions by person"),
        ReportName.DEVICES: voice.t("Exceptions by device"),
        ReportName.HOURS: voice.t("Exceptions by hour"),
        ReportName.FAILED: voice.t("What failed"),
        ReportName.BREAKAGE: voice.t("Breakage"),
        ReportName.SHOP_DAYS: voice.t("The shop by day"),
        ReportName.SHOP_OFFERINGS: voice.t("The shop by offering"),
        ReportName.SHOP_LANGUAGES: voice.t("The shop by language"),
        ReportName.SHOP_CAMPAIGNS: voice.t("The shop by campaign"),
    }[report]


def told_by(report: ReportName, voice: Voice) -> str:
    """Return what a reader wants to know who opens a report: it goes on from “I want to know …”."""
    return {
        ReportName.LIABILITY: voice.t("what we still owe on certificates, and what changed it"),
        ReportName.BALANCES: voice.t("what stands on each account"),
        ReportName.TAXES: voice.t("which taxes are due"),
        ReportName.SALES: voice.t("what was sold, and what was paid for it"),
        ReportName.REDEMPTIONS: voice.t("what was redeemed, where and on which day, beside what the till says"),
        ReportName.TENDERS: voice.t("what was paid with: card, cash, on account"),
        ReportName.GRATUITIES: voice.t("what we owe the staff, and what was paid out"),
        ReportName.PROMOTIONS: voice.t("what was given away, and what came of it"),
        ReportName.CODES: voice.t("which promo codes were used, and what they cost"),
        ReportName.BETWEEN: voice.t("which location redeemed what another sold"),
        ReportName.PARTNERS: voice.t("what partners owe us"),
        ReportName.BY_ISSUE: voice.t("how old what is outstanding is"),
        ReportName.BY_ACTIVITY: voice.t("how long certificates have not been used"),
        ReportName.BY_LAST_DAY: voice.t("what is about to expire, and when"),
        ReportName.BY_LEGAL_CLOCK: voice.t("since when the law counts"),
        ReportName.OPEN_ITEMS: voice.t("which payments, payouts and invoices are not settled"),
        ReportName.STATEMENT: voice.t("what moved an account, row by row"),
        ReportName.JOURNAL: voice.t("all that was booked, day by day"),
        ReportName.PEOPLE: voice.t("who undoes, types or sells more than others"),
        ReportName.DEVICES: voice.t("which device stands out"),
        ReportName.HOURS: voice.t("at which hours something is odd"),
        ReportName.FAILED: voice.t("which mails, deliveries and refunds did not arrive"),
        ReportName.BREAKAGE: voice.t("what nobody will use, and how much of it is earned"),
        ReportName.SHOP_DAYS: voice.t("how many pages of the shop were seen, and what came of it"),
        ReportName.SHOP_OFFERINGS: voice.t("which offering is looked at, and which is bought"),
        ReportName.SHOP_LANGUAGES: voice.t("which languages the shop is read in"),
        ReportName.SHOP_CAMPAIGNS: voice.t("which newsletter or advertisement brings buyers"),
    }[report]


def nothing_of(report: ReportName, voice: Voice) -> tuple[str, str]:
    """Return what an empty report says, and what its reader can do."""
    days = voice.t("Choose other days, or less of a part.")
    match report:
        case ReportName.SHOP_DAYS | ReportName.SHOP_OFFERINGS | ReportName.SHOP_LANGUAGES | ReportName.SHOP_CAMPAIGNS:
            seen = voice.t("Choose other days. What visitors look at is counted here a little later, without cookies.")
            return voice.t("Nobody was in the shop then"), seen
        case ReportName.PEOPLE | ReportName.DEVICES | ReportName.HOURS:
            return voice.t("Nothing was done there then"), days
        case ReportName.FAILED:
            return voice.t("Nothing failed then"), voice.t(
                "Mails, deliveries and refunds that do not arrive stand here."
            )
        case ReportName.CODES:
            return voice.t("No promo code was used then"), days
        case ReportName.OPEN_ITEMS:
            return voice.t("Nothing is open"), voice.t("Every payment, payout and invoice of these days is settled.")
        case ReportName.BREAKAGE:
            used = voice.t("Sales stand here, by month, once breakage has a rate.")
            return voice.t("Nothing is expected to stay unused"), used
        case ReportName.BY_ISSUE | ReportName.BY_ACTIVITY | ReportName.BY_LAST_DAY | ReportName.BY_LEGAL_CLOCK:
            return voice.t("Nothing was outstanding then"), days
        case _:
            now = voice.t("Choose other days, or less of a part. What is sold and redeemed stands here at once.")
            return voice.t("Nothing is booked there"), now


def fault_words(faults: Sequence[FieldError], voice: Voice) -> dict[str, str]:
    """Return what is wrong with a question, by field."""
    day = voice.t("Write a day as year, month and day, such as 2026-11-01.")
    moment = voice.t("Write a moment with its zone, such as 2026-11-30T23:59:59+01:00.")
    unread = {
        "month": voice.t("Write a month as year and month, such as 2026-11."),
        "since": day,
        "through": day,
        "known_at": moment,
        "as_of": moment,
        "currency": voice.t("Choose a currency by its code, such as EUR."),
        "class_of_value": voice.t("Choose one of the classes of value."),
        "location_id": voice.t("Choose one of your locations."),
        "offering_id": voice.t("Choose one of your offerings."),
        "partner_id": voice.t("Choose one of your partners."),
        "each": voice.t("Choose day or month."),
        "account": voice.t("Choose one of the accounts."),
        "subject_id": voice.t("Name a certificate or another subject by its id."),
    }
    known = {
        "question.period": voice.t("The last day comes before the first. Choose a later one."),
        "question.partner": voice.t("This report cannot be narrowed to a partner."),
        "question.day": voice.t("This report does not tell days apart."),
        "question.month": voice.t("This report does not tell months apart."),
        "question.months": voice.t("A report tells at most {count} months apart. Choose fewer days.", count=MONTHS_MAX),
        "question.rows": voice.t(
            "As a file, a statement has at most {count} rows. Choose fewer days.", count=voice.count(ROWS_MAX)
        ),
        "question.pages": voice.t(
            "As PDF, a report has at most {count} lines. Take CSV or XLSX, or choose fewer days.",
            count=voice.count(PRINTED_MAX),
        ),
    }
    return {one.field: known.get(one.code) or unread.get(one.field, one.message) for one in faults}


def column_title(name: str, voice: Voice) -> str:
    """Return what stands above a column."""
    if name.startswith("open_") and name.removeprefix("open_") in set(Account):
        return account_name(name.removeprefix("open_"), voice)
    for words in (_edges, _movements, _sold, _counts, _told, breakage_words.columns):
        if name in words(voice):
            return words(voice)[name]
    raise KeyError(name)


def word(column: str, value: str | None, voice: Voice) -> str:
    """Return one of our own words as readers know it; `column` says which vocabulary it is of."""
    known = _VOCABULARIES.get(column)
    if known is not None:
        return known(value, voice)
    if column == "hour":
        return voice.t("Average") if value == "average" else f"{value}:00"
    if column == "language":
        return LANGUAGE_NAMES.get(value or "", value or "")
    if column == "shop_page":
        return voice.t("The shop's own page") if value == "shop" else voice.t("Form of an offering")
    if column in Campaign.__struct_fields__:
        return "" if value is None else voice.t("other") if value == "*" else value or voice.t("no campaign")
    if column == "tax_country":
        return voice.country(value) if value else voice.t("not told")
    return value or ""


def age_name(value: str | None, voice: Voice) -> str:
    """Return what an age is called, or how long a day is away."""
    return {
        "past": voice.t("past"),
        "under_3_months": voice.t("under 3 months"),
        "under_6_months": voice.t("3 to 6 months"),
        "under_1_year": voice.t("6 to 12 months"),
        "under_2_years": voice.t("1 to 2 years"),
        "under_3_years": voice.t("2 to 3 years"),
        "under_5_years": voice.t("3 to 5 years"),
        "over_5_years": voice.t("over 5 years"),
        "no_end": voice.t("good for ever"),
    }.get(value or "", voice.t("not told"))


def failed_name(value: str | None, voice: Voice) -> str:
    """Return what could not be brought."""
    return {
        "gift": voice.t("Gift by mail"),
        "delivery": voice.t("Delivery to an endpoint"),
        "refund": voice.t("Refund"),
    }.get(value or "", value or "")


def item_name(value: str | None, voice: Voice) -> str:
    """Return what an open item is."""
    return {
        OpenItemKind.PAYMENT.value: voice.t("Payment"),
        OpenItemKind.PAYOUT.value: voice.t("Payout"),
        OpenItemKind.INVOICE.value: voice.t("Invoice"),
        OpenItemKind.REFUND.value: voice.t("Refund"),
        OpenItemKind.DISPUTE.value: voice.t("Dispute"),
        OpenItemKind.DEPOSIT.value: voice.t("Cash banked"),
        OpenItemKind.STATEMENT_LINE.value: voice.t("Line of a bank statement"),
        OpenItemKind.LOCATION_DAY.value: voice.t("Day of a location"),
    }.get(value or "", value or "")


def rate_text(ppm: int | None, voice: Voice) -> str:
    """Return a rate in millionths as a percentage."""
    return voice.t("not told") if ppm is None else voice.percent(Decimal(ppm).scaleb(-6).normalize())


def class_name(value: str | None, voice: Voice) -> str:
    """Return what a class of value is called."""
    return {
        ClassOfValue.PAID.value: voice.t("Paid for"),
        ClassOfValue.PROMOTIONAL.value: voice.t("Given away"),
        ClassOfValue.CREDIT.value: voice.t("Credit"),
    }.get(value or "", value or "")


def tax_name(value: str | None, voice: Voice) -> str:
    """Return what a kind of tax is called."""
    return {
        None: voice.t("not told"),
        "none": voice.t("No tax"),
        "sales_tax": voice.t("Sales tax, added at sale"),
        "single_purpose": voice.t("Single-purpose, due at sale"),
        "multi_purpose": voice.t("Multi-purpose, due at redemption"),
    }.get(value, value or "")


def _edges(voice: Voice) -> dict[str, str]:
    return {
        "opening": voice.t("Opening"),
        "closing": voice.t("Closing"),
        "opening_discount": voice.t("Discount on it, opening"),
        "closing_discount": voice.t("Discount on it, closing"),
        "opening_tax": voice.t("Tax within it, opening"),
        "closing_tax": voice.t("Tax within it, closing"),
        "debits": voice.t("Debits"),
        "credits": voice.t("Credits"),
    }


def _movements(voice: Voice) -> dict[str, str]:
    return {
        "issued": voice.t("Issued"),
        "reloaded": voice.t("Reloaded"),
        "imported": voice.t("Imported"),
        "reversed": voice.t("Redemptions undone"),
        "reinstated": voice.t("Expiries undone"),
        "redeemed": voice.t("Redeemed"),
        "cashed_out": voice.t("Cashed out"),
        "refunded": voice.t("Refunded"),
        "voided": voice.t("Voided"),
        "charged_back": voice.t("Charged back"),
        "expired": voice.t("Expired"),
        "handed_over": voice.t("Handed over to the state"),
        "adjusted": voice.t("Adjusted"),
        "transferred": voice.t("Transferred"),
        "converted": voice.t("Converted by an upgrade"),
    }


def _sold(voice: Voice) -> dict[str, str]:
    return {
        "sales": voice.t("Sales"),
        "face": voice.t("Face value"),
        "gratuity": voice.t("Gratuity"),
        "discount": voice.t("Discount"),
        "tax": voice.t("Tax"),
        "taxable": voice.t("Computed from"),
        "base_currency": voice.t("Own currency"),
        "tax_in_base": voice.t("Tax in it, at the rates of its days"),
        "paid": voice.t("Paid"),
        "taken_back": voice.t("Taken back"),
        "redemptions": voice.t("Redemptions"),
        "value": voice.t("Value"),
        "undone": voice.t("Undone"),
        "till_told": voice.t("Your till's total"),
        "till_difference": voice.t("Difference to your till"),
    }


def _counts(voice: Voice) -> dict[str, str]:
    return {
        "earned": voice.t("Earned"),
        "paid_out": voice.t("Paid out"),
        "granted": voice.t("Granted"),
        "used": voice.t("Used"),
        "lapsed": voice.t("Expired"),
        "other": voice.t("Other"),
        "ordered": voice.t("Ordered"),
        "matched": voice.t("Settled"),
        "credit_closing": voice.t("Credit not yet set against it"),
        "by_gateway": voice.t("Card and online"),
        "by_cash": voice.t("Cash"),
        "by_terminal": voice.t("Card terminal"),
        "by_till": voice.t("Your till"),
        "on_account": voice.t("On account"),
        "by_refund": voice.t("Refund as credit"),
        "brought_along": voice.t("Imported"),
        "given_away": voice.t("Given away"),
        "certificates": voice.t("Certificates"),
        "uses": voice.t("Uses"),
        "shown": voice.t("Pages shown"),
        "begun": voice.t("Gifts begun"),
        "placed": voice.t("Sent off to pay"),
        "paid_gifts": voice.t("Gifts paid for"),
        "times": voice.t("Times"),
        "typed": voice.t("Typed"),
        "found": voice.t("Found without paper"),
        "without_reference": voice.t("Without reference"),
        "sold_by_same": voice.t("Sold by the same person"),
        "reprints": voice.t("Printed again"),
        "cash_sales": voice.t("Sales for cash"),
        "cash_sales_late": voice.t("For cash just before the close"),
        "cash_outs": voice.t("Cash-outs"),
        "drawer_differences": voice.t("Drawer differences"),
        "approvals": voice.t("Approved of others"),
        "conflicts": voice.t("Conflicts without a line"),
        "gaps": voice.t("Gaps in queues"),
        "days_open": voice.t("Days not closed"),
        "operations": voice.t("Operations"),
    }


def _told(voice: Voice) -> dict[str, str]:
    return {
        "account": voice.t("Account"),
        "currency": voice.t("Currency"),
        "class_of_value": voice.t("Class of value"),
        "location_id": voice.t("Location"),
        "legal_entity_id": voice.t("Legal entity"),
        "offering_id": voice.t("Offering"),
        "party_id": voice.t("Partner"),
        "home_id": voice.t("Sold at"),
        "device_id": voice.t("Device"),
        "hour": voice.t("Hour"),
        "month": voice.t("Month"),
        "age": voice.t("How long"),
        "code": voice.t("Code"),
        "failed": voice.t("What failed"),
        "why": voice.t("Why"),
        "last_at": voice.t("Last"),
        "open_item_kind": voice.t("Open item"),
        "open_item_id": voice.t("Its number"),
        "booked_on": voice.t("Business day"),
        "tax_kind": voice.t("Kind of tax"),
        "tax_country": voice.t("Country"),
        "tax_rate_ppm": voice.t("Rate"),
        "visited_on": voice.t("Day"),
        "shop_page": voice.t("Page"),
        "language": voice.t("Language"),
        "utm_source": voice.t("Source"),
        "utm_medium": voice.t("Medium"),
        "utm_campaign": voice.t("Campaign"),
        "seq": voice.t("Row"),
        "balance": voice.t("Balance"),
        "late_for": voice.t("Came late, for"),
        "recorded_at": voice.t("Recorded"),
        "kind": voice.t("What happened"),
        "debit": voice.t("Debit"),
        "credit": voice.t("Credit"),
        "amount": voice.t("Amount"),
        "signed": voice.t("Counts as"),
        "subject_id": voice.t("Whose"),
        "operation_id": voice.t("Operation"),
        "leg": voice.t("Part of the price"),
        "actor": voice.t("Who"),
        "reason": voice.t("Reason"),
    }


_VOCABULARIES: dict[str, Callable[[str | None, Voice], str]] = {
    "class_of_value": class_name,
    "account": account_name,
    "debit": account_name,
    "credit": account_name,
    "kind": kind_name,
    "age": age_name,
    "failed": failed_name,
    "open_item_kind": item_name,
    "tax_kind": tax_name,
    "method": breakage_words.method_name,
}
