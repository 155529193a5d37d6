"""A receipt of what was done with certificates, in words: the face that screen and paper are drawn from."""

from decimal import Decimal
from zoneinfo import ZoneInfo

from largesse.domain.locations import Location
from largesse.domain.merchants import Merchant
from largesse.domain.receipts import ReceiptFace, ReceiptGroup, ReceiptLine
from largesse.interfaces.counter.wording import act_words, said_money
from largesse.kernel.clock import zone
from largesse.kernel.tax import TaxKind
from largesse.ledger import Kind
from largesse.services.counter import ActPart, CounterAct
from largesse.ui import Voice

_PPM = 1_000_000


def receipt_face(act: CounterAct, merchant: Merchant, voice: Voice) -> ReceiptFace:
    """Return the receipt of an act at a counter."""
    there = zone_of(act.location, merchant)
    day, time = voice.short_day(act.at.astimezone(there).date()), voice.clock_time(act.at, zone=there)
    lines = [ReceiptLine(words=voice.t("{day}, {time}", day=day, time=time))]
    if act.person:
        lines.append(ReceiptLine(words=voice.t("Served by {name}", name=act.person)))
    if act.reference:
        lines.append(ReceiptLine(words=act.reference))
    if act.kind is Kind.HOLD and act.hold_ends_at is not None:
        until = voice.moment(act.hold_ends_at, zone=there)
        lines.append(ReceiptLine(words=voice.t("Stands until {when}", when=until)))
    groups = [_part(act, part, voice) for part in act.parts]
    if len(act.parts) > 1:
        groups.append(_sum(act, voice))
    return ReceiptFace(
        language=voice.language,
        merchant=merchant.name,
        address=address_of(act.location, merchant),
        title=act_words(voice, act.kind),
        stamp=voice.t("UNDONE") if act.undone else "",
        groups=(ReceiptGroup(lines=tuple(lines)), *groups),
        notes=tuple(filter(None, (_tax(act, voice), voice.t("Receipt {id}", id=str(act.operation_id)[-12:].upper())))),
        closing=voice.t("This is a sample and no real money.") if merchant.is_demo else "",
    )


def zone_of(location: Location | None, merchant: Merchant) -> ZoneInfo:
    """Return the time zone in which what happened at a location is told: its own, else the merchant's."""
    return merchant.zone if location is None or location.time_zone is None else zone(location.time_zone)


def address_of(location: Location | None, merchant: Merchant) -> tuple[str, ...]:
    """Return where it was, as the head of a receipt says it."""
    if location is None:
        return ()
    town = " ".join(part for part in (location.zip, location.city, location.state) if part)
    name = location.name if location.name != merchant.name else ""
    return tuple(part for part in (name, location.address, location.address2, town) if part)


def _part(act: CounterAct, part: ActPart, voice: Voice) -> ReceiptGroup:
    moved, money = _moved(act, voice), part.currency
    lines = []
    if part.value:
        lines.append(ReceiptLine(words=moved, amount=said_money(voice, part.value, money), strong=True))
    if part.gratuity:
        amount = said_money(voice, part.gratuity, money)
        lines.append(ReceiptLine(words=voice.t("Gratuity"), amount=amount, strong=True))
    remains = voice.t("Remains")
    if act.kind is not Kind.CASH_OUT:
        lines.append(ReceiptLine(words=remains, amount=said_money(voice, part.remains, money)))
        if part.gratuity_remains:
            words = voice.t("Gratuity that remains")
            lines.append(ReceiptLine(words=words, amount=said_money(voice, part.gratuity_remains, money)))
    heading = voice.t("Certificate …{last_four}", last_four=part.last_four)
    return ReceiptGroup(heading=heading, lines=tuple(lines))


def _moved(act: CounterAct, voice: Voice) -> str:
    match act.kind:
        case Kind.HOLD:
            return voice.t("Set aside")
        case Kind.RELEASE:
            return voice.t("Free again")
        case Kind.REVERSE:
            return voice.t("Put back")
        case Kind.CASH_OUT:
            return voice.t("Paid out")
        case _:
            return voice.t("Taken")


def _sum(act: CounterAct, voice: Voice) -> ReceiptGroup:
    words, amount = voice.t("In all"), said_money(voice, act.value + act.gratuity, act.currency)
    return ReceiptGroup(lines=(ReceiptLine(words=words, amount=amount, strong=True),))


def _tax(act: CounterAct, voice: Voice) -> str:
    """Return the sentence on tax that a redemption needs, by the kind of tax of its value."""
    if act.kind not in {Kind.REDEEM, Kind.CAPTURE}:
        return ""
    if act.tax_due:
        parts = [
            voice.t("{rate}: {tax}", rate=voice.percent(Decimal(rate) / _PPM), tax=said_money(voice, tax, act.currency))
            for rate, tax in act.tax_due
        ]
        return voice.t("Tax included in what it paid for: {taxes}.", taxes=voice.listing(parts))
    if act.tax_kind is TaxKind.SINGLE_PURPOSE:
        return voice.t("Its tax was paid when it was sold.")
    return ""
