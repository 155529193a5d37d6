"""What lines of statements, suggestions and refusals are called in the reader's language."""

from collections.abc import Sequence

from largesse.domain.banking import FIELDS, BankMatch, KeptLine, MatchKind, Reason, Suggestion
from largesse.kernel.currency import currency
from largesse.kernel.errors import LargesseError
from largesse.kernel.iban import is_iban, written_iban
from largesse.kernel.money import Money
from largesse.services.banking import Awaited
from largesse.ui import Voice


def money(minor: int, code: str, voice: Voice) -> str:
    """Return an amount as people read it."""
    return voice.money(Money(minor, currency(code)))


def number_text(number: str) -> str:
    """Return the number of an account as people read it."""
    return written_iban(number) if is_iban(number) else number


def reason_text(reason: Reason, voice: Voice) -> str:
    """Return why an invoice is suggested."""
    return {
        Reason.REFERENCE: voice.t("its reference is in the text"),
        Reason.NUMBER: voice.t("its number is in the text"),
        Reason.REFCODE: voice.t("refcode and amount agree"),
        Reason.PAYER: voice.t("amount and payer agree"),
        Reason.AMOUNT: voice.t("only the amount agrees"),
    }[reason]


def suggestion_text(suggestion: Suggestion, code: str, voice: Voice) -> str:
    """Return a suggestion as a sentence: whose invoices, how much of each, and what is left over."""
    parts = voice.listing([f"{part.invoice.number} ({money(part.amount, code, voice)})" for part in suggestion.parts])
    partner = suggestion.parts[0].invoice.partner
    short = [part for part in suggestion.parts if part.amount < part.invoice.open]
    if suggestion.over:
        over = money(suggestion.over, code, voice)
        return voice.t("{partner}: {invoices}, {amount} over as credit", partner=partner, invoices=parts, amount=over)
    if short:
        return voice.t("{partner}: {invoices}, in part", partner=partner, invoices=parts)
    return voice.t("{partner}: {invoices}", partner=partner, invoices=parts)


def who_text(line: KeptLine, voice: Voice) -> str:
    """Return the other side of a line."""
    return line.line.name or number_text(line.line.iban) or voice.t("Nobody is named")


def awaited_text(one: Awaited, voice: Voice) -> str:
    """Return what is on its way, as people choose it."""
    kind = {
        "payout": voice.t("Payout"),
        "deposit": voice.t("Deposit of cash"),
        "location_day": voice.t("Cards of a terminal"),
        "statement_line": voice.t("Payment that was typed"),
    }.get(one.item.kind.value, one.item.kind.value)
    return voice.t(
        "{what}: {amount}, since {day}", what=kind, amount=money(one.amount, one.currency, voice),
        day=voice.day(one.since),
    )  # fmt: skip


def match_text(match: BankMatch, voice: Voice) -> str:
    """Return what a part of a line was said to be for."""
    return {
        MatchKind.PAYMENT: voice.t("Payment of a partner"),
        MatchKind.PAID_BACK: voice.t("Paid back to a partner"),
        MatchKind.AWAITED: voice.t("Was on its way"),
        MatchKind.BOOKED: voice.t("Was booked before"),
        MatchKind.FEE: voice.t("Charge of the bank"),
    }[match.what]


def field_names(voice: Voice) -> Sequence[tuple[str, str]]:
    """Return what a column of a CSV may mean, as people choose it, in the order they are asked."""
    names = {
        "booked_on": voice.t("Booking day"),
        "value_on": voice.t("Value day"),
        "amount": voice.t("Amount with its sign"),
        "incoming": voice.t("What came in"),
        "outgoing": voice.t("What left"),
        "currency": voice.t("Currency"),
        "name": voice.t("Name of the other side"),
        "iban": voice.t("Account of the other side"),
        "text": voice.t("What was written"),
        "reference": voice.t("Reference of the bank"),
    }
    return [(field, names[field]) for field in FIELDS]


def refusal_text(refused: LargesseError, voice: Voice) -> str:
    """Return why something is refused."""
    return {
        "bank.line.matched": voice.t("Somebody else has matched this line meanwhile. Look at it once more."),
        "bank.match.invalid": voice.t("The line cannot be for that. Check amount, currency and partner."),
        "bank.suggestion.gone": voice.t("What was suggested does not fit any more. Look at the line once more."),
        "bank.match.undone": voice.t("This was undone already."),
        "partner.payment.used": voice.t("Less than that is left of the payment, or it is used in another way."),
        "invoice.amount.refused": voice.t("Less is open of that invoice by now."),
        "bank.account.invalid": voice.t("The account cannot be kept as typed."),
        "bank.account.taken": voice.t("There is an account of that number and currency, or of that name, already."),
        "bank.account.retired": voice.t("This account is not used any more."),
        "bank.file.other_bank": voice.t("This file is of another bank. Choose the account that it is about."),
        "bank.file.other_account": voice.t("This file is about another account. Choose the account that it is about."),
        "bank.file.other_currency": voice.t("This file is in another currency than the account."),
        "bank.file.cut": voice.t("The file is not whole: its end or a part of it is missing. Fetch it once more."),
        "bank.file.line_twice": voice.t(
            "The file has a movement twice. Fetch it once more; if these are two payments, say so."
        ),
        "bank.file.balance": voice.t("The movements do not lead from the opening to the closing balance."),
        "bank.file.empty": voice.t("There is no movement in this file."),
        "bank.file.too_long": voice.t("The file has too many movements. Ask the bank for shorter periods."),
        "bank.file.unknown": voice.t("This is no statement: bring CAMT.053, MT940 or a CSV."),
        "bank.columns.invalid": voice.t("The file cannot be read by these columns."),
        "payout.file.invalid": voice.t("The file cannot be read as payouts."),
        "payout.differs": voice.t("This payout was taken before, with other amounts. Nothing was taken."),
        "payment.booking.invalid": voice.t("The payment cannot be booked as typed. Check amount, day and currency."),
    }.get(refused.code, refused.message)
