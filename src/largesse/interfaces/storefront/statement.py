"""A certificate's history in plain words, for whoever holds it. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final

import msgspec

from largesse.domain.merchants import Merchant
from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.ledger import Entry, Kind, Leg, effect
from largesse.ui import Voice

MOMENTS_MAX: Final = 100


class Moment(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the history: what happened, when as people read it, and the same for machines."""

    what: str
    when: str
    at: str


def statement_of(entries: Sequence[Entry], merchant: Merchant, voice: Voice, *, now: datetime) -> list[Moment]:
    """Return what happened to a certificate, the newest first; what an operation does to both pots is one line.

    One that does several things, such as a redemption that came late around an expiry, has a line for each.
    """
    moments = []
    for _, legs in groupby(entries, key=lambda entry: (entry.operation_id, entry.kind)):
        rows = list(legs)
        first = rows[0]
        what = _what(rows, voice)
        if what is None:
            continue
        at = first.recorded_at
        moments.append(
            Moment(what=what, when=voice.moment(at, zone=merchant.zone, now=now), at=at.isoformat(timespec="seconds"))
        )
    return moments[::-1][:MOMENTS_MAX]


def _what(rows: Sequence[Entry], voice: Voice) -> str | None:
    """Return the sentence for one operation, None for what is no business of the holder's."""
    kind, code = rows[0].kind, rows[0].currency
    value, gratuity = _moved(rows, Leg.VALUE), _moved(rows, Leg.GRATUITY)
    if kind is Kind.ADJUST:
        return voice.t("Corrected by the shop: {amount}", amount=_amount(value, gratuity, code, voice))
    amount = _amount(abs(value), abs(gratuity), code, voice)
    said = _of_money(kind, amount, voice, leaves=value < 0 or gratuity < 0)
    return said or _of_state(kind, voice)


def _of_money(kind: Kind, amount: str, voice: Voice, *, leaves: bool) -> str | None:
    said = None
    match kind:
        case Kind.ISSUE | Kind.ACTIVATE:
            said = voice.t("Issued with {amount}", amount=amount)
        case Kind.REDEEM | Kind.CAPTURE:
            said = voice.t("{amount} spent", amount=amount)
        case Kind.REVERSE:
            said = voice.t("A purchase was undone: {amount} is back", amount=amount)
        case Kind.RELOAD:
            said = voice.t("{amount} added", amount=amount)
        case Kind.UNDO_RELOAD:
            said = voice.t("{amount} taken off: it was added by mistake", amount=amount)
        case Kind.CASH_OUT:
            said = voice.t("{amount} paid out", amount=amount)
        case Kind.REFUND:
            said = voice.t("{amount} paid back to whoever bought it", amount=amount)
        case Kind.TRANSFER if leaves:
            said = voice.t("{amount} moved to another certificate", amount=amount)
        case Kind.TRANSFER:
            said = voice.t("{amount} came from another certificate", amount=amount)
        case _:
            pass
    return said


def _of_state(kind: Kind, voice: Voice) -> str | None:
    said = None
    match kind:
        case Kind.EXPIRE:
            said = voice.t("Its last day passed; what remained has lapsed")
        case Kind.HAND_OVER:
            said = voice.t("What remained was handed over to the state as unclaimed property")
        case Kind.VOID:
            said = voice.t("Cancelled")
        case Kind.BLOCK:
            said = voice.t("Blocked for now")
        case Kind.UNBLOCK | Kind.REINSTATE:
            said = voice.t("May be used again")
        case Kind.EXTEND:
            said = voice.t("A new last day was set")
        case _:
            pass  # holds come and go; what is set aside now stands above
    return said


def _moved(rows: Iterable[Entry], pot: Leg) -> int:
    """Return what went into a pot or, below zero, out of it; what a buyer paid besides is not the holder's."""
    return sum(effect(row.debit, row.credit, row.amount) for row in rows if row.leg is pot)


def _amount(value: int, gratuity: int, code: str, voice: Voice) -> str:
    money = currency(code)
    if value and gratuity:
        return voice.t(
            "{amount} plus {gratuity} gratuity",
            amount=voice.money(Money(value, money)),
            gratuity=voice.money(Money(gratuity, money)),
        )
    if gratuity:
        return voice.t("{gratuity} gratuity", gratuity=voice.money(Money(gratuity, money)))
    return voice.money(Money(value, money))
