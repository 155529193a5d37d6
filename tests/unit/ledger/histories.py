"""Random histories of every command on a few certificates, and a tiny model that says what must come of them.

The model knows nothing of the code under test: whole numbers, a status, a few `if`s, and what each command does to
the accounts. Amounts are aimed at the edges (all that is free, all that there is, one more or less), and commands at
what they are about (open holds, blocked certificates, those whose last good day has passed).
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

from hypothesis import strategies as st
from msgspec.structs import replace

from largesse.ledger import (
    Account,
    Adjust,
    Block,
    CaptureHold,
    ClassOfValue,
    Command,
    Expire,
    Extend,
    Issue,
    PlaceHold,
    Redeem,
    Refund,
    Reinstate,
    ReleaseHold,
    Reload,
    Reverse,
    Settle,
    Transfer,
    Unblock,
    Void,
)
from tests.builders.ledger import MERCHANT, NOW

CERTIFICATES = [UUID(int=number) for number in range(1, 5)]
OPERATIONS = [UUID(int=1000 + number) for number in range(80)]
MOMENTS = [NOW + timedelta(hours=hours) for hours in range(0, 49, 6)]

_amounts = st.integers(-1, 40)
_common = {
    "merchant_id": st.just(MERCHANT),
    "certificate_id": st.sampled_from(CERTIFICATES),
    "operation_id": st.sampled_from(OPERATIONS),
    "actor": st.just("test"),
}
_both = _common | {"value": _amounts, "gratuity": st.sampled_from([0, 0, 1, 5, 30, -1])}
_moments = st.sampled_from(MOMENTS)
_settled = st.sampled_from(
    [
        Account.REFUNDS,
        Account.GATEWAY_CLEARING,
        Account.GATEWAY_CLEARING,
        Account.WRITE_OFFS,
        Account.GOODWILL,
        Account.TAX_PAYABLE,
    ]
)


def _issue() -> st.SearchStrategy[Command]:
    def build(class_of_value: ClassOfValue) -> st.SearchStrategy[Command]:
        paid = class_of_value is ClassOfValue.PAID
        return st.builds(
            Issue,
            **_common,
            currency=st.sampled_from(["USD", "USD", "EUR"]),
            class_of_value=st.just(class_of_value),
            funding=st.sampled_from(
                [Account.GATEWAY_CLEARING, Account.PARTNER_RECEIVABLE] if paid else [Account.PROMOTIONS]
            ),
            value=st.integers(0, 200),
            gratuity=st.integers(0, 30 if paid else 0),
            discount=st.integers(0, 40 if paid else 0),
            tax=st.integers(0, 9 if paid else 0),
            good_through=st.just(date(2026, 12, 31)),
            expires_at=_moments,
        )

    return st.sampled_from([ClassOfValue.PAID, ClassOfValue.PAID, ClassOfValue.PROMOTIONAL]).flatmap(build)


commands: st.SearchStrategy[Command] = st.one_of(
    _issue(),
    _issue(),
    st.builds(Redeem, **_both),
    st.builds(Redeem, **_both),
    st.builds(
        Reload,
        **_both,
        funding=st.sampled_from([Account.GATEWAY_CLEARING, Account.PARTNER_RECEIVABLE, Account.PROMOTIONS]),
    ),
    st.builds(PlaceHold, **_both, expires_at=_moments),
    st.builds(PlaceHold, **_both, expires_at=_moments),
    st.builds(CaptureHold, **_both, hold_id=st.sampled_from(OPERATIONS)),
    st.builds(CaptureHold, **_both, hold_id=st.sampled_from(OPERATIONS)),
    st.builds(ReleaseHold, **_common, hold_id=st.sampled_from(OPERATIONS)),
    st.builds(Refund, **_both, discount=st.integers(0, 5), tax=st.integers(0, 3)),
    st.builds(Reverse, **_common, redemption_id=st.sampled_from(OPERATIONS)),
    st.builds(Reverse, **_common, redemption_id=st.sampled_from(OPERATIONS)),
    st.builds(Adjust, **_both, memo=st.sampled_from([None, "counted again"])),
    st.builds(Block, **_common),
    st.builds(Unblock, **_common),
    st.builds(Void, **_common, to=st.sampled_from([None, None, Account.GATEWAY_CLEARING, Account.REFUNDS])),
    st.builds(Expire, **_common),
    st.builds(Expire, **_common),
    st.builds(Reinstate, **_common, expiry_id=st.sampled_from(OPERATIONS)),
    st.builds(Reinstate, **_common, expiry_id=st.sampled_from(OPERATIONS)),
    st.builds(Settle, **_common, debit=_settled, credit=_settled, amount=_amounts),
    st.builds(Extend, **_common, good_through=st.just(date(2027, 1, 31)), expires_at=st.none() | _moments),
    st.builds(Transfer, **_both, to_certificate_id=st.sampled_from(CERTIFICATES), reissue=st.booleans()),
)


@dataclass(frozen=True)
class Edge:
    """Where an amount is aimed: at all that is free, or at all that there is, and how far beside it."""

    of: str
    beside: int
    gratuity: bool


edges = st.none() | st.builds(
    Edge, of=st.sampled_from(["free", "balance"]), beside=st.sampled_from([0, 0, 1, -1]), gratuity=st.booleans()
)
Step = tuple[Command, int, Edge | None]
histories = st.lists(st.tuples(commands, st.integers(0, len(MOMENTS) - 1), edges), min_size=20, max_size=60)


def aimed(command: Command, model: "Model", edge: Edge | None, now: datetime) -> Command:
    """Point a command at what it can be about, and its amounts at an edge where there is one."""
    return _at_edge(_at_target(command, model, now), model, edge)


def _at_target(command: Command, model: "Model", now: datetime) -> Command:
    """Point three of four commands that are about something earlier, or need a certificate in some state, there."""
    chance = command.operation_id.int
    if chance % 4 == 0:
        return command
    if isinstance(command, CaptureHold | ReleaseHold | Reverse | Reinstate):
        return _at_earlier(command, model, chance)
    wanted: list[UUID] = []
    if isinstance(command, Expire | Reload | Transfer | Refund):
        wanted = [key for key, card in model.cards.items() if card.status in {"active", "blocked"} and card.past(now)]
    elif isinstance(command, Block | Refund | PlaceHold):
        wanted = [key for key, card in model.cards.items() if card.status == "active" and any(map(_held, card.pots))]
    if not wanted or (chance % 4 == 1 and not isinstance(command, Expire)):
        return command
    return replace(command, certificate_id=wanted[chance % len(wanted)])


def _at_earlier(command: CaptureHold | ReleaseHold | Reverse | Reinstate, model: "Model", chance: int) -> Command:
    if isinstance(command, Reverse):
        name, targets = "redemption_id", {key: one.certificate_id for key, one in model.spent.items()}
    elif isinstance(command, Reinstate):
        name, targets = "expiry_id", {key: one.certificate_id for key, one in model.lapsed.items()}
    else:
        name, targets = "hold_id", {key: one.certificate_id for key, one in model.holds.items()}
        still = {key: id_ for key, id_ in targets.items() if model.holds[key].open}
        barred = {key: id_ for key, id_ in still.items() if model.cards[id_].status == "blocked"}
        targets = (barred if chance % 4 == 2 else {}) or still or targets
    if not targets:
        return command
    target = list(targets)[chance % len(targets)]
    return replace(command, certificate_id=targets[target], **{name: target})


def _at_edge(command: Command, model: "Model", edge: Edge | None) -> Command:
    card = model.cards.get(command.certificate_id)
    if edge is None or card is None:
        return command
    limits = card.free() if edge.of == "free" else (card.pots[0][0], card.pots[1][0])
    if isinstance(command, CaptureHold) and command.hold_id in model.holds:
        hold = model.holds[command.hold_id]
        limits = hold.value, hold.gratuity
    value, gratuity = limits
    if edge.gratuity:
        gratuity += edge.beside
    else:
        value += edge.beside
    match command:
        case Redeem() | PlaceHold() | CaptureHold():
            return replace(command, value=value, gratuity=gratuity)
        case Refund():
            return replace(command, value=value, gratuity=gratuity, discount=max(min(command.discount, value), 0))
        case Transfer():
            return command if command.reissue else replace(command, value=value, gratuity=gratuity)
        case Adjust():
            return replace(command, value=-value, gratuity=-gratuity)
        case _:
            return command


def _held(pot: list[int]) -> bool:
    return pot[1] > 0


@dataclass
class Held:
    """A hold of the model."""

    certificate_id: UUID
    value: int
    gratuity: int
    until: datetime
    open: bool = True


@dataclass
class Spent:
    """A redemption of the model."""

    certificate_id: UUID
    value: int
    gratuity: int
    undone: bool = False


@dataclass
class Lapsed:
    """An expiry of the model."""

    certificate_id: UUID
    value: int
    gratuity: int
    blocked: bool
    undone: bool = False


@dataclass
class Card:
    """One certificate of the model: value and gratuity as [balance, held] each, `funding` who paid for it."""

    currency: str
    paid: bool
    funding: str
    expires_at: datetime | None
    status: str = "active"
    pots: list[list[int]] = field(default_factory=lambda: [[0, 0], [0, 0]])

    @property
    def by_partner(self) -> bool:
        """Whether a partner owes for it."""
        return self.funding == "partner_receivable"

    @property
    def owed_on(self) -> str:
        """Where a refund is owed."""
        return self.funding if self.by_partner else "refunds"

    @property
    def corrected_by(self) -> str:
        """The other side of corrections, of a void, and of nothing else."""
        return "write_offs" if self.paid else "promotions"

    @property
    def lapses_to(self) -> str:
        """Where it goes when it expires."""
        return "breakage" if self.paid else "promotions"

    def past(self, now: datetime) -> bool:
        """Whether its last good day has passed."""
        return self.expires_at is not None and now >= self.expires_at

    def free(self) -> tuple[int, int]:
        """What is neither spent nor held."""
        return self.pots[0][0] - self.pots[0][1], self.pots[1][0] - self.pots[1][1]

    def add(self, value: int, gratuity: int) -> None:
        """Change the balances."""
        self.pots[0][0] += value
        self.pots[1][0] += gratuity

    def hold(self, value: int, gratuity: int) -> None:
        """Change what is held."""
        self.pots[0][1] += value
        self.pots[1][1] += gratuity

    def good(self, now: datetime) -> bool:
        """Whether it may be spent."""
        return self.status == "active" and not self.past(now)


class Model:
    """What the rules come to, in small."""

    def __init__(self) -> None:
        self.cards: dict[UUID, Card] = {}
        self.done: dict[UUID, Command] = {}
        self.holds: dict[UUID, Held] = {}
        self.spent: dict[UUID, Spent] = {}
        self.lapsed: dict[UUID, Lapsed] = {}
        self.books: Counter[tuple[str, str]] = Counter()

    def book(self, card: Card, debit: str, credit: str, amount: int) -> None:
        """Debit one account and credit another; credits are below zero."""
        self.books[debit, card.currency] += amount
        self.books[credit, card.currency] -= amount

    def fill(self, card: Card, source: str, value: int, gratuity: int, *, tips_from: str | None = None) -> None:
        """Put value and gratuity on a certificate; below zero they go where they would have come from."""
        card.add(value, gratuity)
        self.book(card, source, "certificates_outstanding", value)
        self.book(card, tips_from or source, "certificates_outstanding", gratuity)

    def apply(self, command: Command, now: datetime) -> bool:
        """Do it, and tell whether it is accepted."""
        if command.operation_id in self.done:
            return self.done[command.operation_id] == command
        if isinstance(command, Settle):
            card = self.cards.get(command.certificate_id)
            accepted = card is not None and self._settle(card, command)
        else:
            accepted = self._accept(command, now)
        if accepted:
            self.done[command.operation_id] = command
        return accepted

    def _accept(self, command: Command, now: datetime) -> bool:  # noqa: C901, PLR0911, PLR0912, PLR0915 - one list of rules
        card = self.cards.get(command.certificate_id)
        match command:
            case Issue():
                return card is None and self._issue(command, now)
            case _ if card is None or card.status == "void":
                return False
            case Transfer():
                return self._transfer(card, command, now)
            case Redeem(value=value, gratuity=gratuity):
                if not (card.good(now) and _fits(value, gratuity, card.free())):
                    return False
                self.fill(card, "redeemed", -value, -gratuity, tips_from="gratuities_payable")
                self.spent[command.operation_id] = Spent(command.certificate_id, value, gratuity)
            case Reload(value=value, gratuity=gratuity, funding=funding):
                if not (card.good(now) and value > 0 and gratuity >= 0):
                    return False
                if (funding != Account.PROMOTIONS) != card.paid or (not card.paid and gratuity):
                    return False
                if (funding == Account.PARTNER_RECEIVABLE) != card.by_partner:
                    return False
                self.fill(card, funding, value, gratuity)
            case PlaceHold(value=value, gratuity=gratuity, expires_at=until):
                if not (card.good(now) and _fits(value, gratuity, card.free()) and until > now):
                    return False
                card.hold(value, gratuity)
                self.holds[command.operation_id] = Held(command.certificate_id, value, gratuity, until)
            case CaptureHold(hold_id=hold_id, value=value, gratuity=gratuity):
                hold = self.holds.get(hold_id)
                if hold is None or hold.certificate_id != command.certificate_id or not hold.open or now >= hold.until:
                    return False
                if card.status == "blocked" or not _fits(value, gratuity, (hold.value, hold.gratuity)):
                    return False
                hold.open = False
                card.hold(-hold.value, -hold.gratuity)
                self.fill(card, "redeemed", -value, -gratuity, tips_from="gratuities_payable")
                self.spent[command.operation_id] = Spent(command.certificate_id, value, gratuity)
            case ReleaseHold(hold_id=hold_id):
                hold = self.holds.get(hold_id)
                if hold is None or hold.certificate_id != command.certificate_id or not hold.open:
                    return False
                hold.open = False
                card.hold(-hold.value, -hold.gratuity)
            case Refund(value=value, gratuity=gratuity, discount=discount, tax=tax):
                if card.status == "expired" or not card.paid or discount > value:
                    return False
                if not _fits(value, gratuity, card.free()):
                    return False
                self.fill(card, card.owed_on, discount - value, -gratuity)
                self.fill(card, "discounts", -discount, 0)
                self.book(card, "tax_payable", card.owed_on, tax)
            case Reverse(redemption_id=redemption_id):
                spent = self.spent.get(redemption_id)
                if (
                    card.status == "expired"
                    or spent is None
                    or spent.undone
                    or spent.certificate_id != command.certificate_id
                ):
                    return False
                spent.undone = True
                self.fill(card, "redeemed", spent.value, spent.gratuity, tips_from="gratuities_payable")
            case Adjust(value=value, gratuity=gratuity, memo=memo):
                free = card.free()
                if card.status == "expired" or not memo or not (value or gratuity):
                    return False
                if free[0] + value < 0 or free[1] + gratuity < 0:
                    return False
                self.fill(card, card.corrected_by, value, gratuity)
            case Block() | Unblock():
                before, after = ("active", "blocked") if isinstance(command, Block) else ("blocked", "active")
                if card.status != before:
                    return False
                card.status = after
            case Void(to=to):
                usual = card.funding if card.by_partner else card.corrected_by
                if any(map(_held, card.pots)) or (to or usual) not in {usual, *self._cleared(card)}:
                    return False
                card.status = "void"
                self.fill(card, to or usual, -card.pots[0][0], -card.pots[1][0])
            case Expire():
                if any(map(_held, card.pots)) or card.status == "expired" or not card.past(now):
                    return False
                value, gratuity = card.pots[0][0], card.pots[1][0]
                self.lapsed[command.operation_id] = Lapsed(
                    command.certificate_id, value, gratuity, card.status == "blocked"
                )
                card.status = "expired"
                self.fill(card, card.lapses_to, -value, -gratuity)
            case Reinstate(expiry_id=expiry_id):
                lapsed = self.lapsed.get(expiry_id)
                if lapsed is None or lapsed.undone or lapsed.certificate_id != command.certificate_id:
                    return False
                lapsed.undone = True
                card.status = "blocked" if lapsed.blocked else "active"
                self.fill(card, card.lapses_to, lapsed.value, lapsed.gratuity)
            case Extend(expires_at=until):
                if card.status == "expired" or card.expires_at is None:
                    return False
                if until is not None and (until <= now or until <= card.expires_at):
                    return False
                card.expires_at = until
        return True

    @staticmethod
    def _cleared(card: Card) -> set[str]:
        return {"gateway_clearing"} if card.paid and not card.by_partner else set()

    def _settle(self, card: Card, command: Settle) -> bool:
        sides = {command.debit.value, command.credit.value}
        if "gateway_clearing" not in sides or not sides & {"refunds", "write_offs", "goodwill"} or command.amount <= 0:
            return False
        self.book(card, command.debit, command.credit, command.amount)
        return True

    def _issue(self, command: Issue, now: datetime) -> bool:
        if command.value <= 0 or command.discount > command.value or (command.expires_at or now) <= now:
            return False
        paid = command.class_of_value is ClassOfValue.PAID
        card = Card(command.currency, paid, command.funding.value, command.expires_at)
        self.fill(card, command.funding, command.value - command.discount, command.gratuity)
        self.fill(card, "discounts", command.discount, 0)
        self.book(card, command.funding, "tax_payable", command.tax)
        self.cards[command.certificate_id] = card
        return True

    def _transfer(self, card: Card, command: Transfer, now: datetime) -> bool:
        other = self.cards.get(command.to_certificate_id)
        if command.certificate_id == command.to_certificate_id:
            return False
        if command.reissue:
            amounts = card.pots[0][0], card.pots[1][0]
            if other is not None or card.status == "expired" or card.past(now) or not any(amounts):
                return False
            if card.pots[0][1] or card.pots[1][1]:
                return False
            other = Card(card.currency, card.paid, card.funding, card.expires_at)
            self.cards[command.to_certificate_id] = other
            card.status = "void"
        else:
            amounts = command.value, command.gratuity
            if other is None or not card.good(now) or not other.good(now):
                return False
            alike = (card.currency, card.paid, card.by_partner) == (other.currency, other.paid, other.by_partner)
            if not alike or not _fits(*amounts, card.free()):
                return False
        card.add(-amounts[0], -amounts[1])
        other.add(*amounts)
        return True


def _fits(value: int, gratuity: int, limits: tuple[int, int]) -> bool:
    return 0 <= value <= limits[0] and 0 <= gratuity <= limits[1] and value + gratuity > 0
