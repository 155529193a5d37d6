"""What commands print about a certificate."""

from collections.abc import Mapping, Sequence
from uuid import UUID
from zoneinfo import ZoneInfo

import click

from largesse.interfaces.cli.output import as_json, fields
from largesse.kernel.currency import Currency, currency
from largesse.kernel.money import plain
from largesse.ledger import REFUNDABLE, Entry, Leg, Lot, Outcome, Status, whole
from largesse.services.certificates import Located


def certificate_facts(found: Located) -> dict[str, object]:
    """Return what may be shown of a certificate: never its number, only the last four."""
    one, money = found.certificate, currency(found.certificate.currency)
    return {
        "certificate_id": str(one.certificate_id),
        "merchant": found.merchant.slug,
        "number_ends": found.last_four,
        "status": one.status.value,
        "class_of_value": None if one.status is Status.INACTIVE else one.class_of_value.value,
        "currency": one.currency,
        "balance": plain(one.balance, money),
        "held": plain(one.held, money),
        "gratuity": plain(one.gratuity_balance, money),
        "gratuity_held": plain(one.gratuity_held, money),
        "good_through": one.good_through.isoformat() if one.good_through else None,
        "order_number": one.order_number,
        "issued_at": one.issued_at.isoformat(),
        "lots": [_lot_facts(lot, money) for lot in one.lots if not lot.is_empty],
    }


def _lot_facts(lot: Lot, money: Currency) -> dict[str, object]:
    """Return what is left of a lot, and what was paid for that: its price and gratuity, with added tax."""
    left = whole(lot)
    return {
        "lot_id": str(lot.lot_id),
        "order_number": lot.order_number,
        "source": lot.source.value,
        "value": plain(lot.face, money),
        "gratuity": plain(lot.gratuity, money),
        "discount": plain(left.discount, money),
        "included_tax": plain(left.included_tax, money),
        "added_tax": plain(left.added_tax, money),
        "paid": plain(_paid(lot), money),
    }


def certificate_lines(found: Located) -> str:
    """Return a certificate as it stands, and a line for each of its lots."""
    facts = {name: value for name, value in certificate_facts(found).items() if name != "lots"}
    one, money = found.certificate, currency(found.certificate.currency)
    return "\n".join([fields(facts), *(_lot_line(lot, money) for lot in one.lots if not lot.is_empty)])


def _lot_line(lot: Lot, money: Currency) -> str:
    of = f"order {lot.order_number}" if lot.order_number else lot.source.value
    gratuity = f" and {plain(lot.gratuity, money)} gratuity" if lot.gratuity else ""
    return f"lot {lot.lot_id}  {of}  {plain(lot.face, money)}{gratuity} left, paid {plain(_paid(lot), money)}"


def _paid(lot: Lot) -> int:
    return whole(lot).paid if lot.source in REFUNDABLE else 0


def outcome_facts(outcome: Outcome) -> dict[str, object]:
    """Return what a command did."""
    money = currency(outcome.currency)
    return {
        "operation_id": str(outcome.operation_id),
        "certificate_id": str(outcome.certificate_id),
        "kind": outcome.kind.value,
        "currency": outcome.currency,
        "value": plain(outcome.value, money),
        "gratuity": plain(outcome.gratuity, money),
        "discount": plain(outcome.discount, money),
        "included_tax": plain(outcome.included_tax, money),
        "added_tax": plain(outcome.added_tax, money),
        "given_away": plain(outcome.given_away, money),
        "balance": plain(outcome.balance, money),
        "held": plain(outcome.held, money),
        "gratuity_balance": plain(outcome.gratuity_balance, money),
        "gratuity_held": plain(outcome.gratuity_held, money),
        "seq": outcome.seq,
        "recorded_at": outcome.recorded_at.isoformat(),
        "replayed": outcome.replayed,
    }


def show_outcome(outcome: Outcome, *, machine: bool) -> None:
    """Print what a command did."""
    if machine:
        click.echo(as_json(outcome_facts(outcome)))
        return
    money = currency(outcome.currency)
    moved = [f"{outcome.kind.value} {plain(outcome.value, money)} {outcome.currency}"]
    if outcome.gratuity:
        moved.append(f"and {plain(outcome.gratuity, money)} gratuity")
    if outcome.added_tax:
        moved.append(f"and {plain(outcome.added_tax, money)} tax on top")
    if outcome.given_away:
        moved.append("as a discount, since it was given away")
    if outcome.replayed:
        moved.append("(done before; nothing was done again)")
    left = [f"{plain(outcome.balance, money)} remain"]
    if outcome.gratuity_balance:
        left.append(f"and {plain(outcome.gratuity_balance, money)} gratuity")
    if outcome.held or outcome.gratuity_held:
        left.append(f"of which {plain(outcome.held + outcome.gratuity_held, money)} are held")
    click.echo(" ".join(moved))
    click.echo(" ".join(left))
    click.echo(f"operation {outcome.operation_id}")


def entry_facts(entry: Entry, codes: Mapping[UUID, str]) -> dict[str, object]:
    """Return one row of the journal; `codes` are those of the merchant's locations."""
    money = currency(entry.currency)
    return {
        "seq": entry.seq,
        "recorded_at": entry.recorded_at.isoformat(),
        "booked_on": entry.booked_on.isoformat() if entry.booked_on else None,
        "location": _code(entry, codes) or None,
        "device_id": str(entry.device_id) if entry.device_id else None,
        "entry_mode": entry.entry_mode,
        "kind": entry.kind.value,
        "leg": entry.leg.value if entry.leg else None,
        "debit": entry.debit.value if entry.debit else None,
        "credit": entry.credit.value if entry.credit else None,
        "amount": None if entry.amount is None else plain(entry.amount, money),
        "held_change": plain(entry.held_change, money),
        "balance_after": plain(entry.balance_after, money),
        "gratuity_after": plain(entry.gratuity_after, money),
        "operation_id": str(entry.operation_id),
        "actor": entry.actor,
        "memo": entry.memo,
    }


def show_statement(found: Located, entries: Sequence[Entry], codes: Mapping[UUID, str], *, machine: bool) -> None:
    """Print a certificate and its whole history, oldest first."""
    if machine:
        facts = {"certificate": certificate_facts(found), "journal": [entry_facts(entry, codes) for entry in entries]}
        click.echo(as_json(facts))
        return
    click.echo(certificate_lines(found))
    click.echo()
    for entry in entries:
        click.echo(_line(entry, codes, found.merchant.zone))


def _code(entry: Entry, codes: Mapping[UUID, str]) -> str:
    return codes.get(entry.location_id, "") if entry.location_id else ""


def _line(entry: Entry, codes: Mapping[UUID, str], zone: ZoneInfo) -> str:
    money = currency(entry.currency)
    when = entry.recorded_at.astimezone(zone).strftime("%Y-%m-%d %H:%M:%S")
    leg = "" if entry.leg in (Leg.VALUE, None) else entry.leg.value.replace("_", " ")
    moved = plain(entry.amount if entry.amount is not None else abs(entry.held_change), money)
    left = plain(entry.gratuity_after if entry.leg is Leg.GRATUITY else entry.balance_after, money)
    memo = f"  “{entry.memo}”" if entry.memo else ""
    what = f"{_code(entry, codes):<8} {entry.kind.value:<11} {leg:<12} {moved:>12} {left:>12}"
    return f"{entry.seq:>4}  {when}  {what}  {entry.actor}{memo}"
