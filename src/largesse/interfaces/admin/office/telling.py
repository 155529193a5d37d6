"""Stories in plain words: each line says what happened, who did it, where and when, and the journal's proof of it."""

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime
from itertools import groupby
from typing import Final
from urllib.parse import urlsplit
from uuid import UUID

import msgspec

from largesse.domain.gifts import MailStatus, Purpose
from largesse.domain.merchants import Merchant
from largesse.domain.orders import OrderStatus
from largesse.domain.payments import DisputeStatus, PaymentStatus, RefundStatus
from largesse.domain.staff import AuditEntry
from largesse.interfaces.admin.wording import audit_sentence
from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.ledger import Entry, Kind, Leg, effect
from largesse.outbox import DeliveryStatus
from largesse.services.office import CertificateStory, EndpointTold, MailTold, OrderStory, StoryNames, person_id_of
from largesse.ui import Voice

_HASH_SHOWN: Final = 12
_IN_JOURNAL: Final = frozenset({"certificate.reissued"})
"""What the audit log and the journal both tell: the journal's line stands."""


class StoryLine(msgspec.Struct, frozen=True, kw_only=True):
    """One line of a story. `proof` is the journal's rows and hash, `href` where its other certificate stands."""

    what: str
    moment: datetime
    when: str
    at: str
    who: str = ""
    where: str = ""
    note: str = ""
    proof: str = ""
    href: str = ""
    link: str = ""


class Teller:
    """The stories of a merchant's orders and certificates in somebody's language."""

    def __init__(self, voice: Voice, merchant: Merchant, named: StoryNames, *, now: datetime) -> None:
        self._voice = voice
        self._merchant = merchant
        self._named = named
        self._now = now

    def certificate(self, story: CertificateStory) -> list[StoryLine]:
        """Return all that happened to a certificate and to the order that issued it, the newest first."""
        lines = self._of_order(story.bought) if story.bought is not None else []
        lines += [
            line
            for _, legs in groupby(story.entries, key=lambda one: (one.operation_id, one.kind))
            if (line := self._booked(list(legs), story)) is not None
        ]
        lines += self._audited(story.audit)
        lines += self._told(story.told)
        return _newest_first(lines)

    def order(self, story: OrderStory, journals: Iterable[CertificateStory] = ()) -> list[StoryLine]:
        """Return all that happened to an order, and to the certificates that came of it, the newest first."""
        lines = self._of_order(story)
        for one in journals:
            lines += [
                line
                for _, legs in groupby(one.entries, key=lambda entry: (entry.operation_id, entry.kind))
                if (line := self._booked(list(legs), one)) is not None
            ]
            lines += self._audited(one.audit)
            lines += self._told(one.told)
        return _newest_first(lines)

    def who(self, actor: str) -> str:
        """Return who did something, as people say it."""
        voice = self._voice
        person = person_id_of(actor)
        if person is not None:
            name = self._named.people.get(person, voice.t("somebody who works here"))
            claimed = actor.startswith("claimed:")
            return voice.t("{name}, without a line (identity claimed)", name=name) if claimed else name
        kind, _, rest = actor.partition(":")
        said = {
            "buyer": voice.t("the buyer"),
            "cli": voice.t("the operator, {name}", name=rest),
            "duty": voice.t("Largesse, by itself"),
            "flow": voice.t("Largesse, by itself"),
            "partner": voice.t("a partner"),
            "gateway": voice.t("the payment provider, {name}", name=rest),
            "counter": voice.t("the counter"),
            "program": voice.t("a program of yours"),
            "device": voice.t("a device without a line"),
        }
        return said.get(kind, actor)

    def _line(self, what: str, moment: datetime, **more: str) -> StoryLine:
        when = self._voice.moment(moment, zone=self._merchant.zone, now=self._now)
        return StoryLine(what=what, moment=moment, when=when, at=moment.isoformat(timespec="seconds"), **more)

    def _booked(self, rows: Sequence[Entry], story: CertificateStory) -> StoryLine | None:
        first, last = rows[0], rows[-1]
        what = self._what(rows)
        if what is None:
            return None
        voice = self._voice
        places = voice.t("row {seq}", seq=first.seq)
        if last.seq != first.seq:
            places = voice.t("rows {first} to {last}", first=first.seq, last=last.seq)
        other = first.refers_to if first.kind is Kind.TRANSFER else None
        ending = story.last_fours.get(other, "") if other is not None else ""
        return self._line(
            what,
            first.recorded_at,
            who=self.who(first.actor),
            where=self._where(first),
            note=first.memo or "",
            proof=voice.t("journal {rows}, hash {hash}", rows=places, hash=last.hash.hex()[:_HASH_SHOWN]),
            href=f"/admin/{self._merchant.slug}/certificates/{other}" if ending else "",
            link=voice.t("the certificate that ends in {last_four}", last_four=ending) if ending else "",
        )

    def _where(self, entry: Entry) -> str:
        voice = self._voice
        modes = {
            "typed": voice.t("number typed"),
            "scanned": voice.t("scanned"),
            "swiped": voice.t("swiped"),
            "camera": voice.t("by camera"),
            "found": voice.t("found without its number"),
            "sent": voice.t("sent by another program"),
        }
        parts = [
            self._name(entry.location_id, self._named.locations),
            self._name(entry.device_id, self._named.devices),
            modes.get(entry.entry_mode or "", ""),
        ]
        return ", ".join(filter(None, parts))

    @staticmethod
    def _name(one: UUID | None, names: object) -> str:
        return str(names.get(one, "")) if one is not None and isinstance(names, dict) else ""

    def _what(self, rows: Sequence[Entry]) -> str | None:
        voice, first = self._voice, rows[0]
        value, gratuity = _moved(rows, Leg.VALUE), _moved(rows, Leg.GRATUITY)
        amount = self.amount(abs(value), abs(gratuity), first.currency)
        signed = self.amount(value, gratuity, first.currency)
        held = self.amount(abs(sum(row.held_change for row in rows)), 0, first.currency)
        through = first.good_through_after
        said = {
            Kind.PREPARE: voice.t("Prepared with nothing on it"),
            Kind.ACTIVATE: voice.t("Activated with {amount}", amount=amount),
            Kind.ISSUE: voice.t("Issued with {amount}", amount=amount),
            Kind.RELOAD: voice.t("Reloaded with {amount}", amount=amount),
            Kind.UNDO_RELOAD: voice.t("A reload was undone: {amount} went back", amount=amount),
            Kind.REDEEM: voice.t("{amount} redeemed", amount=amount),
            Kind.CAPTURE: voice.t("{amount} redeemed of what was held", amount=amount),
            Kind.HOLD: voice.t("{amount} held for a tab", amount=held),
            Kind.RELEASE: voice.t("{amount} is free again", amount=held),
            Kind.REVERSE: voice.t("A redemption was undone: {amount} is back", amount=amount),
            Kind.ADJUST: voice.t("Adjusted by {amount}", amount=signed),
            Kind.REFUND: voice.t("{amount} taken back, to be refunded", amount=amount),
            Kind.CASH_OUT: voice.t("{amount} paid out in money", amount=amount),
            Kind.HAND_OVER: voice.t("{amount} handed over to the state", amount=amount),
            Kind.BLOCK: voice.t("Blocked"),
            Kind.UNBLOCK: voice.t("Unblocked"),
            Kind.VOID: voice.t("Voided, with {amount} on it", amount=amount),
            Kind.EXPIRE: voice.t("Expired, with {amount} on it", amount=amount),
            Kind.REINSTATE: voice.t("Its expiry was undone: {amount} is back", amount=amount),
            Kind.EXTEND: (
                voice.t("Made good through {day}", day=voice.long_day(through))
                if through
                else voice.t("Made good for ever")
            ),
            Kind.CONVERT: voice.t("Carried over by an upgrade"),
        }
        if first.kind is Kind.TRANSFER:
            leaves = value < 0 or gratuity < 0
            return (
                voice.t("{amount} moved away", amount=amount)
                if leaves
                else voice.t("{amount} moved here", amount=amount)
            )
        return said.get(first.kind)

    def amount(self, value: int, gratuity: int, code: str) -> str:
        """Return value and gratuity as one phrase."""
        voice, money = self._voice, currency(code)
        if value and gratuity:
            return voice.t(
                "{amount} and {gratuity} gratuity",
                amount=voice.money(Money(value, money)),
                gratuity=voice.money(Money(gratuity, money)),
            )
        if gratuity:
            return voice.t("{gratuity} gratuity", gratuity=voice.money(Money(gratuity, money)))
        return voice.money(Money(value, money))

    def _of_order(self, story: OrderStory) -> list[StoryLine]:
        voice, order = self._voice, story.order
        by = story.partner.name if story.partner else voice.t("the buyer")
        lines = [
            self._line(
                voice.t("Ordered for {total}", total=self._money(order.total, order.currency)), order.placed_at, who=by
            )
        ]
        if order.issued_at is not None and order.status is not OrderStatus.PLACED:
            lines.append(
                self._line(
                    voice.t("Paid and issued") if story.checkout else voice.t("Issued on account"), order.issued_at
                )
            )
        lines += [line for one in story.mails for line in self._mailed(one)]
        for paid in story.payments:
            lines.append(
                self._paid(paid.amount, paid.currency, paid.gateway, paid.status, paid.settled_at or paid.created_at)
            )
        for back in story.refunds:
            lines.append(
                self._went_back(
                    back.amount, back.currency, back.gateway, back.status, back.settled_at or back.created_at
                )
            )
        for one in story.disputes:
            amount = self._money(one.amount, one.currency)
            lines.append(self._line(voice.t("The buyer’s bank wants {amount} back", amount=amount), one.opened_at))
            if one.closed_at is not None:
                won = one.status is DisputeStatus.WON
                what = (
                    voice.t("The dispute is won: the money stays")
                    if won
                    else voice.t("The dispute is lost: the money is gone")
                )
                lines.append(self._line(what, one.closed_at))
        return lines + self._audited(story.audit) + self._told(story.told)

    def _mailed(self, mail: MailTold) -> list[StoryLine]:
        voice = self._voice
        purposes = {
            Purpose.GIFT: voice.t("the certificate"),
            Purpose.RECEIPT: voice.t("the receipt"),
            Purpose.TROUBLE: voice.t("that the gift did not arrive"),
            Purpose.REFUNDED: voice.t("that it was refunded"),
            Purpose.VOIDED: voice.t("that it has ended"),
            Purpose.RECLAIMED: voice.t("that the bank took the payment back"),
            Purpose.REPLACED: voice.t("that its number has ended"),
            Purpose.CREDITED: voice.t("the number of the credit"),
            Purpose.RETURNED: voice.t("that a payment bought nothing and goes back"),
        }
        to = mail.address or voice.t("somebody whose data was erased")
        about = purposes[mail.purpose]
        said = {
            MailStatus.QUEUED: voice.t("A mail waits to be sent to {address}: {about}", address=to, about=about),
            MailStatus.SENT: voice.t("Mailed to {address}: {about}", address=to, about=about),
            MailStatus.FAILED: voice.t("A mail to {address} did not arrive: {about}", address=to, about=about),
            MailStatus.DROPPED: voice.t(
                "A mail to {address} was not wanted any more: {about}", address=to, about=about
            ),
        }
        return [self._line(said[mail.status], mail.settled_at or mail.queued_at)]

    def _paid(self, amount: int, code: str, gateway: str, status: PaymentStatus, at: datetime) -> StoryLine:
        voice, money = self._voice, self._money(amount, code)
        said = {
            PaymentStatus.PENDING: voice.t("The buyer was sent to pay {amount}", amount=money),
            PaymentStatus.SUCCEEDED: voice.t("{amount} was paid", amount=money),
            PaymentStatus.FAILED: voice.t("A payment of {amount} came to nothing", amount=money),
            PaymentStatus.REFUNDED: voice.t("A payment of {amount} was paid back", amount=money),
            PaymentStatus.DISPUTED: voice.t("A payment of {amount} is disputed", amount=money),
        }
        return self._line(said[status], at, where=self.gateway(gateway))

    def _went_back(self, amount: int, code: str, gateway: str, status: RefundStatus, at: datetime) -> StoryLine:
        voice, money = self._voice, self._money(amount, code)
        said = {
            RefundStatus.OWED: voice.t("{amount} is to go back to the buyer", amount=money),
            RefundStatus.SENT: voice.t("{amount} is on its way back to the buyer", amount=money),
            RefundStatus.SETTLED: voice.t("{amount} went back to the buyer", amount=money),
            RefundStatus.FAILED: voice.t("{amount} could not be paid back", amount=money),
        }
        return self._line(said[status], at, where=self.gateway(gateway))

    def gateway(self, name: str) -> str:
        """Return by which way money came or goes."""
        voice = self._voice
        known = {"manual": voice.t("by hand"), "stripe": "Stripe", "test": voice.t("test payment")}
        return known.get(name, name)

    def _audited(self, entries: Iterable[AuditEntry]) -> list[StoryLine]:
        return [
            self._line(
                audit_sentence(one.action.value, self._voice),
                one.recorded_at,
                who=self.who(one.actor),
                note=one.reason or "",
            )
            for one in entries
            if one.action.value not in _IN_JOURNAL
        ]

    def _told(self, told: Iterable[EndpointTold]) -> list[StoryLine]:
        """Return which systems were told, each with the page of that delivery."""
        voice = self._voice
        said: dict[DeliveryStatus, Callable[..., str]] = {
            DeliveryStatus.PENDING: lambda **more: voice.t("{kind} is on its way to {host}", **more),
            DeliveryStatus.DELIVERED: lambda **more: voice.t("{host} was told: {kind}", **more),
            DeliveryStatus.FAILED: lambda **more: voice.t("{host} could not be told: {kind}", **more),
        }
        return [
            self._line(
                said[one.status](kind=one.kind, host=urlsplit(one.url).netloc),
                one.settled_at or one.queued_at,
                who=self.who("duty:relay"),
                href=f"/admin/{self._merchant.slug}/deliveries/{one.endpoint_id}/{one.event_id}",
                link=voice.n("{count} attempt", "{count} attempts", one.attempts),
            )
            for one in told
        ]

    def _money(self, minor: int, code: str) -> str:
        return self._voice.money(Money(minor, currency(code)))


def actors_of(story: CertificateStory | OrderStory) -> set[str]:
    """Return everybody who did something in a story."""
    if isinstance(story, OrderStory):
        return {one.actor for one in story.audit}
    found = {one.actor for one in story.entries} | {one.actor for one in story.audit}
    return found | (actors_of(story.bought) if story.bought else set())


def _moved(rows: Iterable[Entry], pot: Leg) -> int:
    """Return what went into a pot or, below zero, out of it."""
    return sum(effect(row.debit, row.credit, row.amount) for row in rows if row.leg is pot)


def _newest_first(lines: list[StoryLine]) -> list[StoryLine]:
    """Return lines with the newest on top; of one moment, what was told later is the newer."""
    return sorted(lines, key=lambda one: one.moment)[::-1]
