"""What the page of a bill shows: the answer to one certificate, or what several of them pay."""

from collections.abc import Sequence
from datetime import datetime

import msgspec

from largesse.interfaces.counter.slips import HeldSlip
from largesse.interfaces.counter.wording import (
    class_words,
    good_through_words,
    place_words,
    remedy_words,
    said_money,
    trouble_words,
)
from largesse.kernel.money import Money
from largesse.kernel.where import Where
from largesse.services.counter import BillPlan, CounterAnswer, Lain, Spendable, plan_bill
from largesse.ui import Voice


class LaidDown(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate on the counter: its slip, and the answer to it."""

    held: HeldSlip
    answer: CounterAnswer

    @property
    def is_good(self) -> bool:
        """Return whether something can be taken from it."""
        return self.answer.spendable is Spendable.YES


class AnswerView(msgspec.Struct, frozen=True, kw_only=True):
    """One certificate in words. `amount` is what is available; `trouble` why nothing is, with `since` and `remedy`."""

    last_four: str
    good: bool
    amount: str
    gratuity: str
    aside: str
    trouble: str
    since: str
    remedy: str
    good_through: str
    facts: tuple[tuple[str, str], ...]
    terms: str


class LineView(msgspec.Struct, frozen=True, kw_only=True):
    """One certificate of several on a bill: what is on it, what it pays, and its place in the form."""

    place: int
    last_four: str
    good_through: str
    available: str
    pays: str
    gratuity: str


def planned(laid: Sequence[LaidDown], total: Money | None, *, gratuity_too: bool) -> BillPlan:
    """Return what the certificates on the counter pay.

    Raises:
        BillCurrenciesDiffer: they are in different currencies.
    """
    lain = [
        Lain(
            certificate=one.answer.located.certificate,
            entry_mode=one.held.slip.entry_mode,
            gratuity_too=gratuity_too,
        )
        for one in laid
    ]
    return plan_bill(lain, total.minor if total else None)


def answer_view(answer: CounterAnswer, voice: Voice, where: Where, *, now: datetime) -> AnswerView:
    """Return what is said of one certificate."""
    one = answer.located.certificate
    good = answer.spendable is Spendable.YES
    facts = [(voice.t("Good through"), good_through_words(voice, one))]
    if answer.sold is not None:
        facts.append(
            (voice.t("Sold"), place_words(voice, answer.sold.at, answer.sold.location, zone=where.zone, now=now))
        )
    used = voice.t("never")
    if answer.last_use is not None:
        used = place_words(voice, answer.last_use.at, answer.last_use.location, zone=where.zone, now=now)
    facts.append((voice.t("Last used"), used))
    if answer.offering:
        facts.append((voice.t("For"), answer.offering))
    facts.append((voice.t("Value"), class_words(voice, answer.class_of_value)))
    counts_at = voice.listing(list(answer.counts_at)) if answer.counts_at else voice.t("everywhere")
    facts.append((voice.t("Counts at"), counts_at))
    if answer.order_number:
        facts.append((voice.t("Order"), answer.order_number))
    aside = one.held + one.gratuity_held
    return AnswerView(
        last_four=answer.located.last_four,
        good=good,
        amount=said_money(voice, one.available, one.currency),
        gratuity=said_money(voice, one.gratuity_available, one.currency) if one.gratuity_available else "",
        aside=said_money(voice, aside, one.currency) if aside else "",
        trouble="" if good else trouble_words(voice, answer),
        since=voice.on_moment(answer.since, zone=where.zone, now=now) if answer.since else "",
        remedy="" if good else remedy_words(voice, answer),
        good_through=voice.t("good through {day}", day=good_through_words(voice, one))
        if one.good_through
        else good_through_words(voice, one),
        facts=tuple(facts),
        terms=answer.terms,
    )


def line_views(laid: Sequence[LaidDown], plan: BillPlan, voice: Voice) -> list[LineView]:
    """Return the certificates of a bill in the order in which they pay."""
    by_id = {one.held.slip.certificate_id: (place, one) for place, one in enumerate(laid, start=1)}
    lines = []
    for part in plan.parts:
        place, one = by_id[part.certificate_id]
        certificate = one.answer.located.certificate
        lines.append(
            LineView(
                place=place,
                last_four=one.answer.located.last_four,
                good_through=good_through_words(voice, certificate),
                available=said_money(voice, certificate.available, certificate.currency),
                pays=said_money(voice, part.value, certificate.currency),
                gratuity=said_money(voice, part.gratuity, certificate.currency) if part.gratuity else "",
            )
        )
    return lines


class SumsView(msgspec.Struct, frozen=True, kw_only=True):
    """What a bill takes in all, and what remains to be paid otherwise, "" for nothing."""

    value: str
    gratuity: str
    all_of_it: str
    remains: str


def sums_view(plan: BillPlan, voice: Voice) -> SumsView:
    """Return the sums of a bill."""
    code = plan.currency
    return SumsView(
        value=said_money(voice, plan.value, code),
        gratuity=said_money(voice, plan.gratuity, code) if plan.gratuity else "",
        all_of_it=said_money(voice, plan.value + plan.gratuity, code),
        remains=said_money(voice, plan.remains, code) if plan.remains else "",
    )


def shown_of(plan: BillPlan) -> str:
    """Return what a page says that a plan takes, for the form to carry: it is taken only while that is still so."""
    return f"{plan.value}+{plan.gratuity}{plan.currency}"
