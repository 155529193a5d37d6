"""Random histories of every command on a few certificates, and a tiny model that says what must come of them.

The model knows nothing of the code under test: whole numbers, a status and a few `if`s.
"""

from collections.abc import Mapping
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
    ReleaseHold,
    Reload,
    Reverse,
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
    st.builds(Void, **_common),
    st.builds(Expire, **_common),
    st.builds(Extend, **_common, good_through=st.just(date(2027, 1, 31)), expires_at=st.none() | _moments),
    st.builds(Transfer, **_both, to_certificate_id=st.sampled_from(CERTIFICATES), reissue=st.booleans()),
)

histories = st.lists(st.tuples(commands, st.integers(0, len(MOMENTS) - 1)), min_size=20, max_size=60)


def aimed(command: Command, model: "Model") -> Command:
    """Point three of four captures, releases and reversals at something that was really held or spent."""
    targets: Mapping[UUID, Held | Spent] = model.spent if isinstance(command, Reverse) else model.holds
    if isinstance(command, CaptureHold | ReleaseHold):
        wanted = command.hold_id.int
    elif isinstance(command, Reverse):
        wanted = command.redemption_id.int
    else:
        return command
    if not targets or wanted % 4 == 0:
        return command
    target = list(targets)[wanted % len(targets)]
    field_name = "redemption_id" if isinstance(command, Reverse) else "hold_id"
    return replace(command, certificate_id=targets[target].certificate_id, **{field_name: target})


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
class Card:
    """One certificate of the model: value and gratuity as [balance, held] each."""

    currency: str
    paid: bool
    by_partner: bool
    expires_at: datetime | None
    status: str = "active"
    pots: list[list[int]] = field(default_factory=lambda: [[0, 0], [0, 0]])

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
        return self.status == "active" and (self.expires_at is None or now < self.expires_at)


class Model:
    """What the rules come to, in small."""

    def __init__(self) -> None:
        self.cards: dict[UUID, Card] = {}
        self.done: dict[UUID, Command] = {}
        self.holds: dict[UUID, Held] = {}
        self.spent: dict[UUID, Spent] = {}

    def apply(self, command: Command, now: datetime) -> bool:
        """Do it, and tell whether it is accepted."""
        if command.operation_id in self.done:
            return self.done[command.operation_id] == command
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
                card.add(-value, -gratuity)
                self.spent[command.operation_id] = Spent(command.certificate_id, value, gratuity)
            case Reload(value=value, gratuity=gratuity, funding=funding):
                if not (card.good(now) and value > 0 and gratuity >= 0):
                    return False
                if (funding != Account.PROMOTIONS) != card.paid or (not card.paid and gratuity):
                    return False
                if (funding == Account.PARTNER_RECEIVABLE) != card.by_partner:
                    return False
                card.add(value, gratuity)
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
                card.add(-value, -gratuity)
                self.spent[command.operation_id] = Spent(command.certificate_id, value, gratuity)
            case ReleaseHold(hold_id=hold_id):
                hold = self.holds.get(hold_id)
                if hold is None or hold.certificate_id != command.certificate_id or not hold.open:
                    return False
                hold.open = False
                card.hold(-hold.value, -hold.gratuity)
            case Refund(value=value, gratuity=gratuity, discount=discount):
                if card.status == "expired" or not card.paid or discount > value:
                    return False
                if not _fits(value, gratuity, card.free()):
                    return False
                card.add(-value, -gratuity)
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
                card.add(spent.value, spent.gratuity)
            case Adjust(value=value, gratuity=gratuity, memo=memo):
                free = card.free()
                if card.status == "expired" or not memo or not (value or gratuity):
                    return False
                if free[0] + value < 0 or free[1] + gratuity < 0:
                    return False
                card.add(value, gratuity)
            case Block() | Unblock():
                before, after = ("active", "blocked") if isinstance(command, Block) else ("blocked", "active")
                if card.status != before:
                    return False
                card.status = after
            case Void() | Expire():
                past = card.expires_at is not None and now >= card.expires_at
                if any(held for _, held in card.pots):
                    return False
                if isinstance(command, Expire) and (card.status == "expired" or not past):
                    return False
                card.status = "void" if isinstance(command, Void) else "expired"
                card.pots = [[0, 0], [0, 0]]
            case Extend(expires_at=until):
                if card.status == "expired" or card.expires_at is None:
                    return False
                if until is not None and (until <= now or until <= card.expires_at):
                    return False
                card.expires_at = until
        return True

    def _issue(self, command: Issue, now: datetime) -> bool:
        if command.value <= 0 or command.discount > command.value or (command.expires_at or now) <= now:
            return False
        paid = command.class_of_value is ClassOfValue.PAID
        card = Card(command.currency, paid, command.funding is Account.PARTNER_RECEIVABLE, command.expires_at)
        card.add(command.value, command.gratuity)
        self.cards[command.certificate_id] = card
        return True

    def _transfer(self, card: Card, command: Transfer, now: datetime) -> bool:
        other = self.cards.get(command.to_certificate_id)
        if command.certificate_id == command.to_certificate_id:
            return False
        if command.reissue:
            past = card.expires_at is not None and now >= card.expires_at
            amounts = card.pots[0][0], card.pots[1][0]
            if other is not None or card.status == "expired" or past or not any(amounts):
                return False
            if card.pots[0][1] or card.pots[1][1]:
                return False
            other = Card(card.currency, card.paid, card.by_partner, card.expires_at)
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
