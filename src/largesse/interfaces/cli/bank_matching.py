"""`largesse bank`, continued: what the lines of statements are for, and payments of partners."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import Final, NamedTuple
from uuid import UUID, uuid4

import click

from largesse.db import Connection
from largesse.domain import invoices
from largesse.domain.banking import (
    BankMatch,
    KeptLine,
    PartnerPayment,
    Suggestion,
    find_line,
    matches_of_line,
    payments_of,
    waiting_lines,
)
from largesse.domain.invoices import Invoice
from largesse.domain.locations import find_location
from largesse.domain.partners import find_partner
from largesse.interfaces.cli.arguments import merchant_argument, minor
from largesse.interfaces.cli.bank import account_of, as_option, bank, line_facts, line_of, manager_of
from largesse.interfaces.cli.dependencies import CommandDependencies
from largesse.interfaces.cli.runtime import listed, merchant_of, printed
from largesse.kernel.currency import currency
from largesse.kernel.money import plain
from largesse.ledger import OpenItem, OpenItemKind
from largesse.services import banking
from largesse.services.banking import Against, InOtherMoney, Matching

__all__ = ["bank"]

_line_argument = click.argument("line", type=click.UUID)
_invoice_option = click.option(
    "--invoice", "named", multiple=True, metavar="NUMBER[=AMOUNT]", help="An invoice, and how much of it."
)
_AWAITED: Final = [one.value for one in OpenItemKind]


class Suggested(NamedTuple):
    """A line that waits, and what it may be for."""

    line: KeptLine
    suggestions: Sequence[Suggestion]


class LineStory(NamedTuple):
    """A line, and all that was said of it."""

    line: KeptLine
    matches: Sequence[BankMatch]


def _suggested_line(one: Suggested) -> str:
    rows = [line_of(one.line)]
    for suggestion in one.suggestions:
        money = currency(one.line.line.currency)
        parts = ", ".join(f"{part.invoice.number} {plain(part.amount, money)}" for part in suggestion.parts)
        over = f", {plain(suggestion.over, money)} over" if suggestion.over else ""
        rows.append(f"    {suggestion.reason.name.lower()}: {suggestion.parts[0].invoice.partner}, {parts}{over}")
    return "\n".join(rows)


def _suggested_facts(one: Suggested) -> dict[str, object]:
    money = currency(one.line.line.currency)
    return line_facts(one.line) | {
        "suggestions": [
            {
                "reason": suggestion.reason.name.lower(),
                "partner": suggestion.parts[0].invoice.partner,
                "invoices": {part.invoice.number: plain(part.amount, money) for part in suggestion.parts},
                "over": plain(suggestion.over, money),
            }
            for suggestion in one.suggestions
        ]
    }


@bank.command("suggest")
@merchant_argument
@click.option("--limit", type=click.IntRange(1, 10_000), default=100, show_default=True)
@printed(
    listed(_suggested_line, otherwise="Nothing waits to be matched."), lambda found: [*map(_suggested_facts, found)]
)
async def suggest(deps: CommandDependencies, /, merchant: str, *, limit: int) -> Sequence[Suggested]:
    """Print the lines of MERCHANT that wait, the oldest first, each with what it may be for."""
    known = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        lines = await waiting_lines(connection, known.merchant_id, limit=limit)
        found = await banking.suggestions_for(connection, known.merchant_id, lines)
    return [Suggested(one, found[one.line_id]) for one in lines]


def _match_line(match: BankMatch) -> str:
    undone = ", undone" if match.undone_at else ""
    reason = f" ({match.reason})" if match.reason else ""
    return f"{match.match_id}  {match.what.value}{reason} {match.target_id or ''}{undone}".rstrip()


def _match_facts(match: BankMatch) -> dict[str, object]:
    return {
        "match_id": str(match.match_id),
        "line_id": str(match.line_id),
        "what": match.what.value,
        "target_id": str(match.target_id) if match.target_id else None,
        "amount_minor": match.amount,
        "reason": match.reason,
        "undone": match.undone_at is not None,
    }


@bank.command("match")
@merchant_argument
@_line_argument
@_invoice_option
@click.option("--partner", help="Whose payment it is; with --invoice it is known.")
@click.option("--paid-back", help="The partner that it was paid back to.")
@click.option("--fee", is_flag=True, help="What the bank charges, or gives back of it.")
@click.option("--awaited", type=(click.Choice(_AWAITED), click.UUID), metavar="KIND ID", help="What was on its way.")
@click.option("--booked", type=click.UUID, metavar="OPERATION", help="What the books had on the bank already.")
@click.option("--first", is_flag=True, help="Take the first suggestion.")
@click.option("--amount", help="How much of the line; all that is left without it.")
@click.option("--worth", help="What it is worth in the money that the partner owes: “50.00 EUR”.")
@as_option
@printed(_match_line, _match_facts)
async def match(
    deps: CommandDependencies, /, merchant: str, line: UUID, *, named: tuple[str, ...], partner: str | None,
    paid_back: str | None, fee: bool, awaited: tuple[str, UUID] | None, booked: UUID | None, first: bool,
    amount: str | None, worth: str | None, acting_for: str | None,
) -> BankMatch:  # fmt: skip
    """Match LINE with what it is for: invoices or a partner's payment, a fee, or what was on its way."""
    ways = [bool(named or partner), paid_back is not None, fee, awaited is not None, booked is not None, first]
    if sum(ways) != 1:
        raise click.UsageError(
            "Say one thing: --invoice or --partner, --paid-back, --fee, --awaited, --booked, --first."
        )
    known = await merchant_of(deps, merchant)
    by = await manager_of(deps, merchant, acting_for)
    async with deps.database.connection() as connection:
        one = await find_line(connection, known.merchant_id, line)
    code = one.line.currency
    sign = 1 if one.left >= 0 else -1
    asked = Matching(
        merchant=known, line_id=line, match_id=uuid4(), by=by, now=deps.clock.now(),
        amount=None if amount is None else sign * minor(amount, code),
    )  # fmt: skip
    other = _worth(worth)
    if fee:
        return await banking.match_fee(deps, asked)
    if awaited is not None:
        return await banking.match_awaited(deps, asked, OpenItem(OpenItemKind(awaited[0]), awaited[1]))
    if booked is not None:
        return await banking.match_booked(deps, asked, booked)
    if first:
        return await _first(deps, asked, one)
    found: list[tuple[Invoice, int | None]] = []
    async with deps.database.connection() as connection:
        if paid_back is not None:
            to = await find_partner(connection, known.merchant_id, paid_back)
        else:
            found = [
                await _named(connection, known.merchant_id, text, other.currency if other else code) for text in named
            ]
            named_partner = partner or str(found[0][0].partner_id)
            to = await find_partner(connection, known.merchant_id, named_partner)
    if paid_back is not None:
        return await banking.match_paid_back(deps, asked, to.partner_id, worth=other)
    coming = other.amount if other else abs(asked.amount if asked.amount is not None else one.left)
    return await banking.match_payment(deps, asked, to.partner_id, _against(found, coming), worth=other)


async def _first(deps: CommandDependencies, asked: Matching, line: KeptLine) -> BankMatch:
    async with deps.database.connection() as connection:
        found = await banking.suggestions_for(connection, line.merchant_id, [line])
    if not found[line.line_id]:
        raise click.UsageError("Nothing is suggested for this line. Say what it is for.")
    best = found[line.line_id][0]
    return await banking.match_suggestion(deps, asked, best)


async def _named(connection: Connection, merchant_id: UUID, text: str, code: str) -> tuple[Invoice, int | None]:
    number, sign, amount = text.partition("=")
    invoice = await invoices.find_invoice(connection, merchant_id, number.strip())
    return invoice, minor(amount.strip(), code) if sign else None


def _against(found: Sequence[tuple[Invoice, int | None]], coming: int) -> list[Against]:
    """Return how much of what came is for each invoice: what was said, else as far as it goes."""
    parts, rest = [], coming
    for invoice, said in found:
        part = min(invoice.open, rest) if said is None else said
        if part > 0:
            parts.append(Against(invoice.invoice_id, part))
            rest -= part
    return parts


def _worth(text: str | None) -> InOtherMoney | None:
    if text is None:
        return None
    amount, _, code = text.partition(" ")
    return InOtherMoney(code.strip(), minor(amount, code.strip()))


@bank.command("unmatch")
@merchant_argument
@click.argument("match", type=click.UUID)
@as_option
@printed(line_of, line_facts)
async def unmatch(deps: CommandDependencies, /, merchant: str, match: UUID, *, acting_for: str | None) -> KeptLine:
    """Take MATCH back: new rows swap those of before, and the line waits again."""
    known = await merchant_of(deps, merchant)
    by = await manager_of(deps, merchant, acting_for)
    return await banking.unmatch(deps, known, match, by=by, now=deps.clock.now())


@bank.command("set-aside")
@merchant_argument
@_line_argument
@click.option("--note", default="", help="Why; without it the line is taken up again.")
@as_option
@printed(line_of, line_facts)
async def set_aside(
    deps: CommandDependencies, /, merchant: str, line: UUID, *, note: str, acting_for: str | None
) -> KeptLine:
    """Take LINE out of the queue, because nobody knows what it is for."""
    known = await merchant_of(deps, merchant)
    by = await manager_of(deps, merchant, acting_for)
    asked = Matching(merchant=known, line_id=line, match_id=uuid4(), by=by, now=deps.clock.now())
    return await banking.set_aside(deps, asked, note)


def _story_lines(story: LineStory) -> str:
    return "\n".join([line_of(story.line), *(f"    {_match_line(one)}" for one in story.matches)])


def _story_facts(story: LineStory) -> dict[str, object]:
    return line_facts(story.line) | {"matches": [_match_facts(one) for one in story.matches]}


@bank.command("show")
@merchant_argument
@_line_argument
@printed(_story_lines, _story_facts)
async def show(deps: CommandDependencies, /, merchant: str, line: UUID) -> LineStory:
    """Print LINE, and all that was said of it."""
    known = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        one = await find_line(connection, known.merchant_id, line)
        return LineStory(one, await matches_of_line(connection, known.merchant_id, line))


def _payment_line(payment: PartnerPayment) -> str:
    amount = plain(payment.amount, currency(payment.currency))
    undone = ", taken back" if payment.undone_at else ""
    facts = [str(payment.payment_id), str(payment.received_on), f"{amount} {payment.currency}"]
    return "  ".join([*facts, f"{payment.source.value}{undone}", payment.reference]).rstrip()


def _payment_facts(payment: PartnerPayment) -> dict[str, object]:
    return {
        "payment_id": str(payment.payment_id),
        "partner_id": str(payment.partner_id),
        "amount": plain(payment.amount, currency(payment.currency)),
        "currency": payment.currency,
        "received_on": payment.received_on.isoformat(),
        "source": payment.source.value,
        "line_id": str(payment.line_id) if payment.line_id else None,
        "reference": payment.reference,
        "undone": payment.undone_at is not None,
    }


@bank.command("pay")
@merchant_argument
@click.argument("partner")
@click.option("--amount", required=True, help="Such as 120.00.")
@click.option("--to", "account", help="The account that it was transferred to; its line is awaited.")
@click.option("--cash", "location", help="The location whose drawer took it in cash.")
@click.option("--on", "received", type=click.DateTime(["%Y-%m-%d"]), help="The day; today without it.")
@click.option("--reference", default="", help="What the partner wrote.")
@_invoice_option
@as_option
@printed(_payment_line, _payment_facts)
async def pay(
    deps: CommandDependencies, /, merchant: str, partner: str, *, amount: str, account: str | None,
    location: str | None, received: datetime | None, reference: str, named: tuple[str, ...], acting_for: str | None,
) -> PartnerPayment:  # fmt: skip
    """Book a payment of PARTNER by hand, against invoices or as its credit."""
    if (account is None) == (location is None):
        raise click.UsageError("Say --to an account, or --cash at a location.")
    known = await merchant_of(deps, merchant)
    now = deps.clock.now()
    to = None if account is None else await account_of(deps, merchant, account)
    code = known.currency if to is None else to.currency
    async with deps.database.connection() as connection:
        who = await find_partner(connection, known.merchant_id, partner)
        found = [await _named(connection, known.merchant_id, text, code) for text in named]
        place = None if location is None else await find_location(connection, known.merchant_id, location)
    day: date = received.date() if received else now.astimezone(known.zone).date()
    return await banking.book_payment(
        deps, known, who, payment_id=uuid4(), currency=code, amount=minor(amount, code), received_on=day, account=to,
        location=place.location_id if place else None, reference=reference,
        against=_against(found, minor(amount, code)), by=await manager_of(deps, merchant, acting_for), now=now,
    )  # fmt: skip


@bank.command("take-back")
@merchant_argument
@click.argument("payment", type=click.UUID)
@as_option
@printed(_payment_line, _payment_facts)
async def take_back(
    deps: CommandDependencies, /, merchant: str, payment: UUID, *, acting_for: str | None
) -> PartnerPayment:
    """Take a PAYMENT back that was booked by hand."""
    known = await merchant_of(deps, merchant)
    by = await manager_of(deps, merchant, acting_for)
    return await banking.take_back_payment(deps, known, payment, by=by, now=deps.clock.now())


@bank.command("payments")
@merchant_argument
@click.option("--partner", help="Only this one's.")
@printed(listed(_payment_line, otherwise="No payment yet."), lambda found: [_payment_facts(one) for one in found])
async def payments(deps: CommandDependencies, /, merchant: str, *, partner: str | None) -> Sequence[PartnerPayment]:
    """Print payments of MERCHANT's partners, the newest first."""
    known = await merchant_of(deps, merchant)
    async with deps.database.connection() as connection:
        who = None if partner is None else await find_partner(connection, known.merchant_id, partner)
        return await payments_of(connection, known.merchant_id, who.partner_id if who else None)


def _invoice_line(invoice: Invoice) -> str:
    return f"{invoice.invoice_number}: {invoice.state.value}"


def _invoice_facts(invoice: Invoice) -> dict[str, object]:
    return {
        "invoice": invoice.invoice_number,
        "state": invoice.state.value,
        "open": plain(invoice.open, currency(invoice.currency)),
    }


@bank.command("apply")
@merchant_argument
@click.argument("payment", type=click.UUID)
@click.argument("invoice")
@click.option("--amount", help="All that is left of the payment and open of the invoice without it.")
@as_option
@printed(_invoice_line, _invoice_facts)
async def apply(
    deps: CommandDependencies, /, merchant: str, payment: UUID, invoice: str, *, amount: str | None,
    acting_for: str | None,
) -> Invoice:  # fmt: skip
    """Set what is left of PAYMENT against INVOICE."""
    known = await merchant_of(deps, merchant)
    by = await manager_of(deps, merchant, acting_for)
    async with deps.database.connection() as connection:
        found = await invoices.find_invoice(connection, known.merchant_id, invoice)
        all_of = await payments_of(connection, known.merchant_id, found.partner_id, limit=10_000)
        one = next((each for each in all_of if each.payment_id == payment), None)
        left = 0 if one is None else await banking.left_of(connection, one)
    said = min(left, found.open) if amount is None else minor(amount, found.currency)
    return await banking.apply_payment(
        deps, known, payment, Against(found.invoice_id, said), act_id=uuid4(), by=by, now=deps.clock.now()
    )
