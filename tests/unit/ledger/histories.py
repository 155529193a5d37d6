"""Random histories of every command on a few certificates, and a tiny model that says what must come of them.

The model knows nothing of the code under test: whole numbers, a status, a few `if`s, and what each command does to
the accounts. Amounts are aimed at the edges (all that is free, all that there is, one more or less), and commands at
what they are about (open holds, blocked certificates, those whose last good day has passed).
"""

from collections import Counter
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from typing import Any
from uuid import UUID

import msgspec
from hypothesis import strategies as st
from msgspec.structs import replace

from largesse.kernel.tax import UNTAXED, TaxKind, TaxTreatment
from largesse.ledger import (
    Account,
    Activate,
    Adjust,
    Block,
    CaptureHold,
    CashOut,
    ClassOfValue,
    Command,
    Expire,
    Extend,
    GivesBack,
    HandOver,
    Issue,
    Kind,
    PlaceHold,
    PostEntry,
    Prepare,
    Redeem,
    Refund,
    Reinstate,
    ReleaseHold,
    Reload,
    Reverse,
    Settle,
    SubjectKind,
    Transfer,
    Unblock,
    UndoEntry,
    UndoReload,
    Void,
)
from largesse.ledger.lots import lot_id_of
from tests.builders.ledger import ENTITY, MERCHANT, NOW, OTHER_ENTITY, PARTNER, SUBJECTS, a_where, entry

CERTIFICATES = [UUID(int=number) for number in range(1, 5)]
SPARE = [UUID(int=number) for number in range(6, 10)]
"""What certificates are replaced by."""
PARTNERS = [UUID(int=501), UUID(int=502)]
OPERATIONS = [UUID(int=1000 + number) for number in range(80)]
MOMENTS = [NOW + timedelta(hours=hours) for hours in range(0, 49, 6)]

TREATMENTS = [
    UNTAXED,
    UNTAXED,
    TaxTreatment(kind=TaxKind.SINGLE_PURPOSE, country="DE", rate=Decimal("0.19")),
    TaxTreatment(kind=TaxKind.SINGLE_PURPOSE, country="DE", rate=Decimal("0.19")),
    TaxTreatment(kind=TaxKind.SINGLE_PURPOSE, country="DE", rate=Decimal("0.07")),
]

THERE = replace(a_where(), location_id=UUID(int=78), legal_entity_id=OTHER_ENTITY)
_places = st.sampled_from([None, None, None, a_where(), THERE])

ENTRIES: dict[tuple[Kind, SubjectKind, str], tuple[str, str]] = {
    (Kind.RECEIVE, SubjectKind.BANK_ACCOUNT, "partner"): ("bank", "partner_credit"),
    (Kind.MATCH, SubjectKind.PARTNER, "invoice"): ("partner_credit", "partner_receivable"),
    (Kind.PAY_REFUND, SubjectKind.GATEWAY_ACCOUNT, "owed"): ("refunds", "gateway_clearing"),
    (Kind.DISPUTE_OPENED, SubjectKind.GATEWAY_ACCOUNT, "disputed"): ("disputed", "gateway_clearing"),
    (Kind.DISPUTE_LOST, SubjectKind.GATEWAY_ACCOUNT, "lost"): ("chargeback_losses", "disputed"),
    (Kind.PAY_IN, SubjectKind.TILL_DRAWER, "float"): ("cash", "cash_in_transit"),
    (Kind.COUNT, SubjectKind.TILL_DRAWER, "short"): ("cash_differences", "cash"),
    (Kind.CLOSE_TENDER, SubjectKind.LOCATION, "sold"): ("tills", "tender_clearing"),
}
"""Some entries of subjects that are no certificates, and what each debits and credits."""
UNDOES = {
    Kind.UNMATCH: Kind.MATCH,
    Kind.REFUND_FAILED: Kind.PAY_REFUND,
    Kind.DISPUTE_WON: Kind.DISPUTE_OPENED,
}

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


def owing_issue(*, partner: UUID, **more: Any) -> Issue:
    """An issue that says who owes for it, where somebody does."""
    return Issue(**more, party_id=partner if more["funding"] is Account.PARTNER_RECEIVABLE else None)


def owing_reload(*, partner: UUID | None, **more: Any) -> Reload:
    """A reload that says who owes for it; some lack it."""
    return Reload(**more, party_id=partner if more["funding"] is Account.PARTNER_RECEIVABLE else None)


def an_entry(*, place: tuple[Kind, SubjectKind, str], operation_id: UUID, amount: int, currency: str) -> PostEntry:
    """An entry of a subject that is no certificate."""
    return entry(place, amount, operation_id=operation_id, currency=currency)


def an_undo(*, kind: Kind, operation_id: UUID, undoes: UUID) -> UndoEntry:
    """What swaps an entry, of the only subject that has such."""
    subject = SubjectKind.PARTNER if kind is Kind.UNMATCH else SubjectKind.GATEWAY_ACCOUNT
    return UndoEntry(
        merchant_id=MERCHANT,
        operation_id=operation_id,
        actor="test",
        subject_kind=subject,
        subject_id=SUBJECTS[subject],
        kind=kind,
        undoes=undoes,
    )


_FUNDINGS = {
    ClassOfValue.PAID: [Account.GATEWAY_CLEARING, Account.PARTNER_RECEIVABLE, Account.REFUNDS],
    ClassOfValue.PROMOTIONAL: [Account.PROMOTIONS_GRANTED],
    ClassOfValue.CREDIT: [Account.REFUNDS, Account.TENDER_CLEARING, Account.CASH],
}


def _issue() -> st.SearchStrategy[Command]:
    def build(class_of_value: ClassOfValue) -> st.SearchStrategy[Command]:
        paid = class_of_value is ClassOfValue.PAID
        odd = class_of_value is ClassOfValue.CREDIT
        return st.builds(
            owing_issue,
            **_common,
            partner=st.sampled_from(PARTNERS),
            currency=st.sampled_from(["USD", "USD", "EUR"]),
            class_of_value=st.just(class_of_value),
            funding=st.sampled_from(_FUNDINGS[class_of_value]),
            where=_places,
            value=st.integers(0, 200),
            gratuity=st.integers(0, 30 if paid else 0) | st.just(int(odd)),
            discount=st.integers(0, 40 if paid else 0),
            included_tax=st.sampled_from([0, 0, 7, 19, 41]),
            added_tax=st.integers(0, 9 if paid else 0),
            treatment=st.sampled_from(TREATMENTS),
            good_through=st.just(date(2026, 12, 31)),
            expires_at=_moments,
        )

    return st.sampled_from([ClassOfValue.PAID, ClassOfValue.PAID, *ClassOfValue]).flatmap(build)


def _activation(command: Command) -> Command:
    return Activate(**{name: getattr(command, name) for name in command.__struct_fields__})


Step = tuple[Command, int, "Edge | None"]


Theme = tuple[ClassOfValue, TaxTreatment, str]
_themes: st.SearchStrategy[Theme] = st.tuples(
    st.sampled_from([ClassOfValue.PAID, ClassOfValue.PAID, ClassOfValue.PAID, *ClassOfValue]),
    st.sampled_from(TREATMENTS),
    st.sampled_from(["USD", "USD", "USD", "EUR"]),
)


@st.composite
def _opening(draw: st.DrawFn, number: int, theme: Theme | None = None) -> Step:
    """A certificate that is accepted: without some that stand, nearly all of a history is refused.

    Three of four are as the history's theme says, so that value of one may go to another.
    """
    own = draw(_themes)
    class_of_value, treatment, currency = own if theme is None or draw(st.integers(0, 3)) == 0 else theme
    paid = class_of_value is ClassOfValue.PAID
    treatment = UNTAXED if class_of_value is ClassOfValue.CREDIT else treatment
    value = draw(st.integers(20, 200))
    discount = draw(st.integers(0, value // 2 if paid else 0))
    expires_at = draw(st.sampled_from([None, None, *MOMENTS[3:]]))
    command = owing_issue(
        partner=draw(st.sampled_from(PARTNERS)),
        merchant_id=MERCHANT,
        certificate_id=CERTIFICATES[number],
        operation_id=UUID(int=900 + number),
        actor="test",
        currency=currency,
        class_of_value=class_of_value,
        where=draw(_places),
        funding=draw(
            st.sampled_from(
                [Account.GATEWAY_CLEARING, Account.CASH, Account.OPENING_BALANCES, Account.PARTNER_RECEIVABLE]
                if paid
                else _FUNDINGS[class_of_value][:2]
            )
        ),
        value=value,
        gratuity=draw(st.integers(0, 30 if paid else 0)),
        discount=discount,
        included_tax=treatment.included(value - discount) if paid else 0,
        added_tax=draw(st.integers(0, 9 if paid else 0)),
        treatment=treatment,
        good_through=None if expires_at is None else date(2026, 12, 31),
        expires_at=expires_at,
    )
    return command, 0, None


@st.composite
def _activations(draw: st.DrawFn) -> Command:
    """What loads a certificate that was prepared; one of four as an issue might say it, which is mostly refused."""
    command = draw(st.one_of(*(_opening(number).map(lambda step: step[0]) for number in range(3)), _issue()))
    operation_id = draw(st.sampled_from(OPERATIONS))
    return _activation(replace(command, operation_id=operation_id))


@st.composite
def _prepared(draw: st.DrawFn, number: int) -> Step:
    command = Prepare(
        merchant_id=MERCHANT,
        certificate_id=CERTIFICATES[number],
        operation_id=UUID(int=900 + number),
        actor="test",
        currency=draw(st.sampled_from(["USD", "USD", "EUR"])),
    )
    return command, 0, None


_billed = st.sampled_from([msgspec.UNSET, tuple(CERTIFICATES)])
"""Nothing stands on an invoice, or the first filling of every certificate does."""
_reloads_billed = st.just(
    tuple(lot_id_of(card, operation, number) for card in CERTIFICATES for operation in OPERATIONS for number in (1, 2))
)
commands: st.SearchStrategy[Command] = st.one_of(
    _issue(),
    _issue(),
    st.builds(Redeem, **_both, where=_places),
    st.builds(Redeem, **_both, where=_places),
    st.builds(Redeem, **_common, value=st.integers(1, 20), where=_places),
    st.builds(Redeem, **_common, value=st.integers(1, 20), where=_places),
    st.builds(Transfer, **_common, value=st.integers(1, 20), to_certificate_id=st.sampled_from(CERTIFICATES)),
    st.builds(
        owing_reload,
        **_both,
        partner=st.sampled_from([*PARTNERS, None]),
        discount=st.sampled_from([0, 0, 3]),
        added_tax=st.sampled_from([0, 0, 2]),
        where=_places,
        funding=st.sampled_from(
            [
                Account.REFUNDS,
                Account.GATEWAY_CLEARING,
                Account.CASH,
                Account.TERMINAL,
                Account.PARTNER_RECEIVABLE,
                Account.PROMOTIONS_GRANTED,
            ]
        ),
    ),
    st.builds(PlaceHold, **_both, expires_at=_moments),
    st.builds(PlaceHold, **_both, expires_at=_moments),
    st.builds(CaptureHold, **_both, hold_id=st.sampled_from(OPERATIONS)),
    st.builds(CaptureHold, **_both, hold_id=st.sampled_from(OPERATIONS), where=_places),
    st.builds(ReleaseHold, **_common, hold_id=st.sampled_from(OPERATIONS)),
    st.builds(
        Refund,
        **_both,
        lot_ids=st.sampled_from(
            [(), (), (), *((one,) for one in CERTIFICATES), (UUID(int=5),), tuple(CERTIFICATES[:2])]
        ),
        to=st.sampled_from([None, None, None, Account.DISPUTED, Account.GATEWAY_CLEARING, Account.WRITE_OFFS]),
        where=_places,
        billed=_billed,
    ),
    st.builds(Reverse, **_common, redemption_id=st.sampled_from(OPERATIONS)),
    st.builds(
        Reverse,
        **_common,
        redemption_id=st.sampled_from(OPERATIONS),
        onward=st.lists(st.tuples(st.sampled_from(CERTIFICATES), st.sampled_from(CERTIFICATES)), max_size=1).map(tuple),
    ),
    st.builds(Adjust, **_both, memo=st.sampled_from([None, "counted again"])),
    st.builds(Block, **_common),
    st.builds(Unblock, **_common),
    st.builds(
        Void,
        **_common,
        to=st.sampled_from([None, None, None, Account.DISPUTED, Account.GATEWAY_CLEARING, Account.REFUNDS]),
        reason=st.sampled_from([None, "fraud", "unpaid", "error", "boredom"]),
        billed=_billed,
    ),
    st.builds(UndoReload, **_common, reload_id=st.sampled_from(OPERATIONS)),
    st.builds(UndoReload, **_common, reload_id=st.sampled_from(OPERATIONS), billed=_reloads_billed),
    st.builds(CashOut, **_common, to=st.sampled_from([Account.CASH, Account.REFUNDS, Account.BREAKAGE]), where=_places),
    st.builds(HandOver, **_common, share_ppm=st.sampled_from([1_000_000, 600_000, 333_333, 0])),
    st.builds(Expire, **_common),
    st.builds(Expire, **_common),
    st.builds(Reinstate, **_common, expiry_id=st.sampled_from(OPERATIONS)),
    st.builds(Reinstate, **_common, expiry_id=st.sampled_from(OPERATIONS)),
    st.builds(Prepare, **_common, currency=st.sampled_from(["USD", "EUR"])),
    st.builds(Prepare, **_common, currency=st.sampled_from(["USD", "EUR"])),
    _activations(),
    _activations(),
    st.builds(Settle, **_common, debit=_settled, credit=_settled, amount=_amounts),
    st.builds(
        an_entry,
        place=st.sampled_from(list(ENTRIES)),
        operation_id=st.sampled_from(OPERATIONS),
        amount=st.integers(1, 40),
        currency=st.sampled_from(["USD", "EUR"]),
    ),
    st.builds(
        an_undo,
        kind=st.sampled_from(list(UNDOES)),
        operation_id=st.sampled_from(OPERATIONS),
        undoes=st.sampled_from(OPERATIONS),
    ),
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
_MOVED_AND_UNDONE = st.tuples(
    st.builds(Redeem, **_common, value=st.integers(1, 9), gratuity=st.sampled_from([0, 0, 1]), where=_places),
    st.builds(
        Transfer,
        **_common,
        value=st.integers(1, 20),
        to_certificate_id=st.sampled_from(CERTIFICATES),
        reissue=st.booleans(),
    ),
    st.builds(Reverse, **_common, redemption_id=st.sampled_from(OPERATIONS)),
)
"""A redemption that is undone after its value has moved on."""
_ALL_OF_IT = Edge(of="free", beside=0, gratuity=False)
_one: st.SearchStrategy[list[Step]] = st.tuples(commands, st.integers(0, len(MOMENTS) - 1), edges).map(
    lambda step: [step]
)
_three: st.SearchStrategy[list[Step]] = _MOVED_AND_UNDONE.map(
    lambda some: [(command, 0, _ALL_OF_IT if isinstance(command, Transfer) else None) for command in some]
)
_part: st.SearchStrategy[list[Step]] = st.integers(0, 15).flatmap(lambda number: _three if number == 15 else _one)
_steps = st.lists(_part, min_size=20, max_size=60).map(lambda parts: [step for part in parts for step in part])


@st.composite
def _histories(draw: st.DrawFn) -> list[Step]:
    theme = draw(_themes)
    openings = [draw(_opening(number, theme)) for number in range(2)]
    return [*openings, draw(_opening(2, theme) | _prepared(2)), *draw(_steps)]


histories: st.SearchStrategy[list[Step]] = _histories()


def aimed(command: Command, model: "Model", edge: Edge | None, now: datetime) -> Command:
    """Point a command at what it can be about, and its amounts at an edge where there is one."""
    return _at_edge(_at_target(command, model, now), model, edge)


def _at_target(command: Command, model: "Model", now: datetime) -> Command:
    """Point three of four commands that are about something earlier, or need a certificate in some state, there."""
    chance = command.operation_id.int
    if isinstance(command, Activate):
        inactive = [key for key, card in model.cards.items() if card.status == "inactive"]
        return replace(command, certificate_id=inactive[0]) if inactive else command
    if isinstance(command, UndoEntry):
        posted = [key for key, one in model.posted.items() if one.kind is UNDOES[command.kind]]
        return replace(command, undoes=posted[chance % len(posted)]) if posted else command
    if chance % 4 == 0:
        return command
    if isinstance(command, Redeem):
        good = [key for key, card in model.cards.items() if card.good(now) and card.free()[0]]
        return replace(command, certificate_id=good[chance % len(good)]) if good else command
    if isinstance(command, Transfer):
        return _at_another(command, model, chance, now)
    if isinstance(command, CaptureHold | ReleaseHold | Reverse | Reinstate | UndoReload):
        return _at_earlier(command, model, chance)
    wanted: list[UUID] = []
    if isinstance(command, Expire | Reload | Refund):
        wanted = [key for key, card in model.cards.items() if card.status in {"active", "blocked"} and card.past(now)]
    elif isinstance(command, Block | Refund | PlaceHold):
        wanted = [key for key, card in model.cards.items() if card.status == "active" and any(map(_held, card.pots))]
    if not wanted or (chance % 4 == 1 and not isinstance(command, Expire)):
        return command
    return replace(command, certificate_id=wanted[chance % len(wanted)])


def _at_another(command: Transfer, model: "Model", chance: int, now: datetime) -> Transfer:
    """Move value to one that may have it, or to one that does not stand yet; after it was used, where it was."""
    used = [one.certificate_id for one in model.spent.values() if not one.undone]
    filled = [key for key, card in model.cards.items() if any(pot[0] for pot in card.pots)]
    sources = [key for key in used if key in filled] or filled or list(model.cards)
    if not sources:
        return command
    source = sources[chance % len(sources)]
    card = model.cards[source]
    spare = [key for key in SPARE if key not in model.cards]
    alike = [key for key, one in model.cards.items() if key != source and card.like(one) and one.good(now)]
    targets = spare if command.reissue else alike
    if not targets:
        return command
    return replace(command, certificate_id=source, to_certificate_id=targets[chance // 4 % len(targets)])


def _at_earlier(
    command: CaptureHold | ReleaseHold | Reverse | Reinstate | UndoReload, model: "Model", chance: int
) -> Command:
    if isinstance(command, Reverse):
        name, targets = "redemption_id", {key: one.certificate_id for key, one in model.spent.items()}
    elif isinstance(command, UndoReload):
        name, targets = "reload_id", dict(model.reloads)
    elif isinstance(command, Reinstate):
        name, targets = "expiry_id", {key: one.certificate_id for key, one in model.lapsed.items()}
    else:
        name, targets = "hold_id", {key: one.certificate_id for key, one in model.holds.items()}
        still = {key: id_ for key, id_ in targets.items() if model.holds[key].open}
        barred = {key: id_ for key, id_ in still.items() if model.cards[id_].status == "blocked"}
        targets = (barred if chance % 4 == 2 else {}) or still or targets
    if not targets:
        return command
    if isinstance(command, Reverse):
        moved = [key for key in targets if not model.spent[key].undone and model.carriers(key)]
        targets = {key: targets[key] for key in moved if chance % 4 != 3} or targets
    target = list(targets)[chance % len(targets)]
    command = replace(command, certificate_id=targets[target], **{name: target})
    if isinstance(command, Reverse) and chance % 8 < 7:
        return replace(command, onward=model.carriers(target))
    return command


def _asked(command: Command) -> Command:
    """What somebody asked for, without what stood on invoices then: when it is asked again, that may have changed."""
    return replace(command, billed=msgspec.UNSET) if isinstance(command, Refund | Void | UndoReload) else command


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
            return replace(command, value=value, gratuity=gratuity)
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
class Pile:
    """A lot of the model: who paid, what is left of it, and which partner owes for it; also a part of one."""

    source: str
    face: int = 0
    gratuity: int = 0
    discount: int = 0
    included: int = 0
    added: int = 0
    party: UUID | None = None
    entity: UUID | None = ENTITY

    def plus(self, part: "Pile", sign: int = 1) -> None:
        """Add a part, or take it away."""
        self.face += sign * part.face
        self.gratuity += sign * part.gratuity
        self.discount += sign * part.discount
        self.included += sign * part.included
        self.added += sign * part.added


Parts = dict[UUID, Pile]


@dataclass
class Spent:
    """A redemption of the model."""

    certificate_id: UUID
    parts: Parts
    here: UUID = ENTITY
    undone: bool = False
    # lots of which something moved to another certificate after it
    moved: set[UUID] = field(default_factory=set)


@dataclass
class Lapsed:
    """An expiry of the model."""

    certificate_id: UUID
    parts: Parts
    blocked: bool
    undone: bool = False


@dataclass
class Card:
    """One certificate of the model: value and gratuity as [balance, held] each, `funding` who paid for it."""

    currency: str
    kind: str
    funding: str
    treatment: TaxTreatment
    expires_at: datetime | None
    status: str = "active"
    pots: list[list[int]] = field(default_factory=lambda: [[0, 0], [0, 0]])
    lots: Parts = field(default_factory=dict)
    filled_by: dict[UUID, UUID] = field(default_factory=dict)

    @property
    def paid(self) -> bool:
        """Whether it is a liability: somebody paid, or was given it instead of money."""
        return self.kind != "promotional"

    def takes(self, funding: str) -> bool:
        """Whether that may pay for it."""
        given = {"promotional": {"promotions_granted"}, "credit": {"refunds", "tender_clearing"}}
        return funding in given[self.kind] if self.kind in given else funding != "promotions_granted"

    @property
    def entities(self) -> set[UUID | None]:
        """In whose books something of it stands."""
        return {lot.entity for lot in self.lots.values() if lot.face or lot.gratuity}

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
        return "goodwill" if self.paid else "promotions_granted"

    @property
    def lapses_to(self) -> str:
        """Where it goes when it expires."""
        return "breakage" if self.paid else "promotions_granted"

    @property
    def tips_lapse_to(self) -> str:
        """Where its gratuity goes then."""
        return "breakage_of_gratuities" if self.paid else "promotions_granted"

    @property
    def stands_on(self) -> str:
        """Where it stands until it is used."""
        return "certificates_outstanding" if self.paid else "promotional_outstanding"

    @property
    def used_to(self) -> tuple[str, str]:
        """Where value and gratuity go that are used."""
        return ("redeemed", "gratuities_payable") if self.paid else ("promotions_granted", "promotions_granted")

    def like(self, other: "Card") -> bool:
        """Whether value of this one may go to the other."""
        alike = (self.currency, self.kind, self.by_partner) == (other.currency, other.kind, other.by_partner)
        mixed = any(other.entities - {lot.entity} for lot in self.lots.values())
        return alike and self.treatment == other.treatment and not mixed

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
        self.reloads: dict[UUID, UUID] = {}
        self.posted: dict[UUID, PostEntry] = {}
        self.swapped: set[UUID] = set()
        self.between: Counter[tuple[UUID, str]] = Counter()
        self.went: dict[tuple[UUID, UUID], UUID] = {}
        self.replaced: dict[UUID, UUID] = {}
        self.books: Counter[tuple[str, str]] = Counter()
        self.owed: Counter[tuple[UUID | None, str]] = Counter()

    def book(self, card: Card, debit: str, credit: str, amount: int) -> None:
        """Debit one account and credit another; credits are below zero."""
        self.books[debit, card.currency] += amount
        self.books[credit, card.currency] -= amount

    def use(self, card: Card, parts: Parts, here: UUID, *, sign: int = 1) -> None:
        """Use parts at a place of one legal entity, which another owes for what stands in its books; or undo that."""
        for lot_id, part in parts.items():
            entity = card.lots[lot_id].entity
            if not card.paid or entity == here:
                self.at_face(card, {lot_id: part}, *card.used_to, sign=sign)
                continue
            card.lots[lot_id].plus(part, -sign)
            card.add(-sign * part.face, -sign * part.gratuity)
            self.book(card, card.stands_on, "between_entities", sign * (part.face + part.gratuity))
            self.book(card, "discounts_borne", "discount_on_outstanding", sign * part.discount)
            self.book(card, "discounts_borne", "tax_on_outstanding", sign * part.included)
            self.owe(card, entity, here, sign * (part.face + part.gratuity))
            for to, amount in zip(card.used_to, (part.face, part.gratuity), strict=True):
                self.book(card, "between_entities", to, sign * amount)

    def owe(self, card: Card, entity: UUID | None, here: UUID, amount: int) -> None:
        """One legal entity owes another something."""
        assert entity is not None
        self.between[entity, card.currency] -= amount
        self.between[here, card.currency] += amount

    def at_face(self, card: Card, parts: Parts, to: str, tips_to: str | None = None, *, sign: int = 1) -> None:
        """Take parts off at face; with a sign of -1, put them back."""
        for lot_id, part in parts.items():
            card.lots[lot_id].plus(part, -sign)
            card.add(-sign * part.face, -sign * part.gratuity)
            self.book(card, card.stands_on, to, sign * part.face)
            self.book(card, card.stands_on, tips_to or to, sign * part.gratuity)
            self.book(card, to, "discount_on_outstanding", sign * part.discount)
            self.book(card, to, "tax_on_outstanding", sign * part.included)

    def at_price(
        self, card: Card, lot_id: UUID, part: Pile, to: str, *, sign: int = 1, as_filled: bool = False
    ) -> None:
        """Give back what was paid for a part of a lot; with a sign of -1, take it in.

        As it was filled, tax of an import goes back to where it was paid.
        """
        taxes = to if to == "opening_balances" and (as_filled or sign < 0) else "tax_payable"
        card.lots[lot_id].plus(part, -sign)
        card.add(-sign * part.face, -sign * part.gratuity)
        if to == "partner_receivable":
            paid = part.face - part.discount + part.gratuity + part.added
            self.owed[card.lots[lot_id].party, card.currency] -= sign * paid
        self.book(card, card.stands_on, to, sign * (part.face - part.discount + part.gratuity))
        self.book(card, "certificates_outstanding", "discount_on_outstanding", sign * part.discount)
        self.book(card, taxes, to, sign * part.added)
        self.book(card, taxes, "tax_on_outstanding", sign * part.included)

    def pay_out(self, card: Card, lot_id: UUID, part: Pile, to: str) -> None:
        """Pay the face of a part; the merchant bears the discount, and included tax comes back."""
        card.lots[lot_id].plus(part, -1)
        card.add(-part.face, -part.gratuity)
        self.book(card, "certificates_outstanding", to, part.face + part.gratuity)
        self.book(card, "discounts_borne", "discount_on_outstanding", part.discount)
        self.book(card, "tax_payable", "tax_on_outstanding", part.included)

    def fill(self, card: Card, lot_id: UUID, source: str, value: int, gratuity: int) -> None:
        """Open a lot that a correction or a gift adds."""
        card.lots[lot_id] = Pile(source, entity=next(iter(card.lots.values())).entity if card.lots else None)
        self.at_face(card, {lot_id: Pile(source, value, gratuity)}, source, sign=-1)

    def buy(self, card: Card, lot_id: UUID, command: Issue | Reload) -> None:
        """Open a lot that somebody pays for."""
        card.lots[lot_id] = Pile(command.funding, party=command.party_id, entity=_entity(command))
        included = command.included_tax
        if included is None:
            taxed = card.kind == "paid" and card.treatment.kind is TaxKind.SINGLE_PURPOSE
            rate = Fraction(card.treatment.rate if taxed else 0)
            included = int((command.value - command.discount) * rate / (1 + rate) + Fraction(1, 2))
        beside = command.discount, included, command.added_tax or 0
        part = Pile(command.funding, command.value, command.gratuity, *beside)
        self.at_price(card, lot_id, part, command.funding, sign=-1)

    def apply(self, command: Command, now: datetime) -> bool:
        """Do it, and tell whether it is accepted."""
        if command.operation_id in self.done:
            return _asked(self.done[command.operation_id]) == _asked(command)
        if isinstance(command, PostEntry | UndoEntry):
            accepted = self._enter(command)
        elif isinstance(command, Settle):
            card = self.cards.get(command.certificate_id)
            accepted = card is not None and card.status != "inactive" and self._settle(card, command)
        else:
            accepted = self._accept(command, now)
        if accepted:
            self.done[command.operation_id] = command
        return accepted

    def _accept(self, command: Command, now: datetime) -> bool:  # noqa: C901, PLR0911, PLR0912, PLR0915 - one list of rules
        card = self.cards.get(command.certificate_id)
        match command:
            case Prepare():
                if card is not None:
                    return False
                blank = Card(command.currency, "paid", "gateway_clearing", UNTAXED, None)
                self.cards[command.certificate_id] = blank
                blank.status = "inactive"
                return True
            case Activate():
                if card is None or card.status != "inactive" or card.currency != command.currency:
                    return False
                return self._issue(command, now)
            case Issue():
                return card is None and self._issue(command, now)
            case _ if card is not None and card.status == "inactive" and not isinstance(command, Void):
                return False
            case Reverse() if card is not None:
                return self._reverse(card, command)
            case _ if card is None or card.status in {"void", "handed_over"}:
                return False
            case Transfer():
                return self._transfer(card, command, now)
            case Redeem(value=value, gratuity=gratuity):
                if not (card.good(now) and _fits(value, gratuity, card.free())):
                    return False
                return self._spend(card, command)
            case Reload(value=value, gratuity=gratuity, funding=funding):
                if not (card.good(now) and value > 0 and gratuity >= 0):
                    return False
                if not card.takes(funding) or (card.kind != "paid" and gratuity):
                    return False
                if card.entities - {_entity(command)}:
                    return False
                if (funding == Account.PARTNER_RECEIVABLE) != card.by_partner:
                    return False
                if card.by_partner and command.party_id is None:
                    return False
                if command.discount > value or (card.kind != "paid" and (command.discount or command.added_tax)):
                    return False
                card.filled_by[command.operation_id] = _next_lot(card, command)
                self.reloads[command.operation_id] = command.certificate_id
                self.buy(card, _next_lot(card, command), command)
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
                if not self._spend(card, command):
                    return False
                hold.open = False
                card.hold(-hold.value, -hold.gratuity)
            case ReleaseHold(hold_id=hold_id):
                hold = self.holds.get(hold_id)
                if hold is None or hold.certificate_id != command.certificate_id or not hold.open:
                    return False
                hold.open = False
                card.hold(-hold.value, -hold.gratuity)
            case Refund(value=value, gratuity=gratuity, lot_ids=lot_ids, to=to):
                if to is not None and to not in self._cleared(card):
                    return False
                if card.status == "expired" or not card.paid or not _fits(value, gratuity, card.free()):
                    return False
                lots = {
                    key: lot
                    for key, lot in card.lots.items()
                    if lot.source != "goodwill" and (not lot_ids or key in lot_ids)
                }
                limits = sum(lot.face for lot in lots.values()), sum(lot.gratuity for lot in lots.values())
                if not lots or not _fits(value, gratuity, limits):
                    return False
                for key, part in _taken(lots, value, gratuity).items():
                    target = to.value if to else _back_to(key, part, command, _owed_on(part.source))
                    if command.where is not None and target in {"cash", "tender_clearing"}:
                        self.over_the_counter(card, key, part, "cash", _entity(command))
                    else:
                        self.at_price(card, key, part, target)
            case UndoReload(reload_id=reload_id):
                mine = card.filled_by.get(reload_id)
                if card.status == "expired" or mine is None or card.lots[mine].source == "promotions_granted":
                    return False
                all_of_it = Pile(**vars(card.lots[mine]))
                if not _fits(all_of_it.face, all_of_it.gratuity, card.free()):
                    return False
                target = _back_to(mine, all_of_it, command, all_of_it.source)
                self.at_price(card, mine, all_of_it, target, as_filled=True)
            case CashOut(to=to):
                if not card.good(now) or not card.paid or to == Account.BREAKAGE:
                    return False
                if any(map(_held, card.pots)) or not (card.pots[0][0] or card.pots[1][0]):
                    return False
                card.status = "void"
                for key, lot in list(card.lots.items()):
                    if to == Account.CASH and lot.entity != _entity(command):
                        face = lot.face + lot.gratuity
                        self.owe(card, lot.entity, _entity(command), face)
                        self.pay_out(card, key, Pile(**vars(lot)), "between_entities")
                        self.book(card, "between_entities", "cash", face)
                    else:
                        self.pay_out(card, key, Pile(**vars(lot)), to)
            case HandOver(share_ppm=ppm):
                if card.status in {"expired", "blocked"} or not card.paid or not ppm or any(map(_held, card.pots)):
                    return False
                if not (card.pots[0][0] or card.pots[1][0]):
                    return False
                card.status = "handed_over"
                for key, lot in list(card.lots.items()):
                    face, tip = (int(Fraction(left * ppm, 10**6) + Fraction(1, 2)) for left in (lot.face, lot.gratuity))
                    part = _taken({key: lot}, face, tip).get(key, Pile(lot.source))
                    self.pay_out(card, key, part, "unclaimed_property")
                    rest = {key: Pile(**vars(card.lots[key]))}
                    self.at_face(card, rest, "breakage", "breakage_of_gratuities")
            case Adjust(value=value, gratuity=gratuity, memo=memo):
                free = card.free()
                if card.status == "expired" or not memo or not (value or gratuity):
                    return False
                if free[0] + value < 0 or free[1] + gratuity < 0 or (gratuity > 0 and not card.paid):
                    return False
                free_ones = {key: lot for key, lot in card.lots.items() if lot.source == card.corrected_by}
                less = _taken(free_ones | card.lots, max(-value, 0), max(-gratuity, 0))
                self.at_face(card, less, card.corrected_by)
                if value > 0 or gratuity > 0:
                    self.fill(card, _next_lot(card, command), card.corrected_by, max(value, 0), max(gratuity, 0))
            case Block() | Unblock():
                before, after = ("active", "blocked") if isinstance(command, Block) else ("blocked", "active")
                if card.status != before:
                    return False
                card.status = after
            case Void(to=to, reason=reason):
                if reason not in {None, "fraud", "unpaid", "error"} or any(map(_held, card.pots)):
                    return False
                if to is not None and to not in self._cleared(card):
                    return False
                given = {"goodwill", "promotions_granted"}
                kept = [lot for lot in card.lots.values() if lot.source not in given and (lot.face or lot.gratuity)]
                if not (reason or to or card.by_partner) and kept:
                    return False
                card.status = "void"
                for key, lot in list(card.lots.items()):
                    all_of_it = Pile(**vars(lot))
                    if lot.source in given:
                        self.at_face(card, {key: all_of_it}, lot.source)
                    elif to is None and reason == "fraud" and not card.by_partner:
                        self.at_face(card, {key: all_of_it}, "breakage", "breakage_of_gratuities")
                    else:
                        target = to or _back_to(key, all_of_it, command, lot.source)
                        self.at_price(card, key, all_of_it, target, as_filled=to is None)
            case Expire():
                if any(map(_held, card.pots)) or card.status == "expired" or not card.past(now):
                    return False
                parts = {key: Pile(**vars(lot)) for key, lot in card.lots.items() if lot.face or lot.gratuity}
                self.lapsed[command.operation_id] = Lapsed(command.certificate_id, parts, card.status == "blocked")
                card.status = "expired"
                self.at_face(card, parts, card.lapses_to, card.tips_lapse_to)
            case Reinstate(expiry_id=expiry_id):
                lapsed = self.lapsed.get(expiry_id)
                if lapsed is None or lapsed.undone or lapsed.certificate_id != command.certificate_id:
                    return False
                lapsed.undone = True
                card.status = "blocked" if lapsed.blocked else "active"
                self.at_face(card, lapsed.parts, card.lapses_to, card.tips_lapse_to, sign=-1)
            case Extend(expires_at=until):
                if card.status == "expired" or card.expires_at is None:
                    return False
                if until is not None and (until <= now or until <= card.expires_at):
                    return False
                card.expires_at = until
        return True

    @staticmethod
    def _cleared(card: Card) -> set[str]:
        return {"disputed", "gateway_clearing"} if card.paid and not card.by_partner else set()

    def _settle(self, card: Card, command: Settle) -> bool:
        sides = {command.debit.value, command.credit.value}
        if "gateway_clearing" not in sides or not sides & {"refunds", "write_offs", "goodwill"} or command.amount <= 0:
            return False
        self.book(card, command.debit, command.credit, command.amount)
        return True

    def _spend(self, card: Card, command: Redeem | CaptureHold) -> bool:
        parts, here = _taken(card.lots, command.value, command.gratuity), _entity(command)
        crossed = card.paid and any(card.lots[key].entity != here for key in parts)
        if crossed and card.treatment.kind is TaxKind.SINGLE_PURPOSE:
            return False
        self.use(card, parts, here)
        self.spent[command.operation_id] = Spent(command.certificate_id, parts, here)
        return True

    def over_the_counter(self, card: Card, lot_id: UUID, part: Pile, to: str, here: UUID) -> None:
        """Give back at a counter what was paid at one, perhaps out of the drawer of another legal entity."""
        entity = card.lots[lot_id].entity
        if entity == here:
            self.at_price(card, lot_id, part, to)
            return
        paid = part.face - part.discount + part.gratuity + part.added
        self.at_price(card, lot_id, part, "between_entities")
        self.owe(card, entity, here, paid)
        self.book(card, "between_entities", to, paid)

    def _enter(self, command: PostEntry | UndoEntry) -> bool:
        """Entries of other subjects: what each debits and credits, and the other way round once."""
        sign = 1
        if isinstance(command, UndoEntry):
            posted = self.posted.get(command.undoes)
            if posted is None or posted.kind is not UNDOES[command.kind] or command.undoes in self.swapped:
                return False
            self.swapped.add(command.undoes)
            sign, command = -1, posted
        else:
            self.posted[command.operation_id] = command
        debit, credit = ENTRIES[command.kind, command.subject_kind, command.reason or ""]
        self.books[debit, command.currency] += sign * command.amount
        self.books[credit, command.currency] -= sign * command.amount
        if "partner_receivable" in {debit, credit}:
            moved = (debit == "partner_receivable") - (credit == "partner_receivable")
            self.owed[PARTNER, command.currency] += sign * moved * command.amount
        return True

    def _issue(self, command: Issue, now: datetime) -> bool:
        if command.value <= 0 or command.discount > command.value:
            return False
        if command.expires_at is not None and command.expires_at <= now:
            return False
        paid = command.class_of_value is ClassOfValue.PAID
        if not paid and (command.discount or command.gratuity or command.added_tax):
            return False
        if command.class_of_value is ClassOfValue.CREDIT and command.treatment.kind.due_at_sale:
            return False  # that tax went back with what the credit is given for
        included = command.included_tax
        if included > command.value - command.discount or (included and command.treatment.rate == 0):
            return False
        if included and command.class_of_value is ClassOfValue.PROMOTIONAL:
            return False
        kind = command.class_of_value.value
        card = Card(command.currency, kind, command.funding.value, command.treatment, command.expires_at)
        if not card.takes(command.funding):
            return False
        self.buy(card, command.certificate_id, command)
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
            other = Card(card.currency, card.kind, card.funding, card.treatment, card.expires_at)
            self.cards[command.to_certificate_id] = other
            card.status = "void"
        else:
            amounts = command.value, command.gratuity
            if other is None or not card.good(now) or not other.good(now):
                return False
            if not card.like(other) or not _fits(*amounts, card.free()):
                return False
        if command.reissue:
            self.replaced[command.certificate_id] = command.to_certificate_id
        self._move(command.certificate_id, command.to_certificate_id, _taken(card.lots, *amounts))
        return True

    def _move(self, source: UUID, target: UUID, parts: Parts) -> None:
        card, other = self.cards[source], self.cards[target]
        for key in parts:
            lot = card.lots[key]
            other.lots.setdefault(key, Pile(lot.source, party=lot.party, entity=lot.entity))
            self.went[source, key] = target
            self.went.pop((target, key), None)
            for spent in self.spent.values():
                if spent.certificate_id == source:
                    spent.moved.add(key)
                elif spent.certificate_id == target:
                    spent.moved.discard(key)
        self.at_face(card, parts, "transfers")
        self.at_face(other, parts, "transfers", sign=-1)

    def carriers(self, redemption_id: UUID) -> tuple[tuple[UUID, UUID], ...]:
        """Which lots of a redemption stand on another certificate now."""
        spent = self.spent[redemption_id]
        found = [(key, self._carrier(key, spent.certificate_id)) for key in spent.parts]
        return tuple((key, place) for key, place in found if place != spent.certificate_id)

    def _carrier(self, key: UUID, place: UUID) -> UUID:
        while not self._holds(key, place):
            onward = self.went.get((place, key)) or self.replaced.get(place)
            if onward is None:
                break
            place = onward
        return place

    def _holds(self, key: UUID, place: UUID) -> bool:
        lot = self.cards[place].lots.get(key)
        return lot is not None and bool(lot.face or lot.gratuity)

    def _reverse(self, card: Card, command: Reverse) -> bool:
        spent, onward = self.spent.get(command.redemption_id), dict(command.onward)
        if spent is None or spent.undone or spent.certificate_id != command.certificate_id:
            return False
        if not onward.keys() <= spent.parts.keys() or not self.cards.keys() >= set(onward.values()):
            return False
        stays = spent.parts.keys() - onward.keys()
        filled = [self.cards[place] for place in onward.values()] + ([card] if stays else [])
        if any(one.status in {"void", "handed_over", "expired", "inactive"} for one in filled):
            return False
        if any(one is card or not card.like(one) for one in filled[: len(onward)]):
            return False
        if any(key in spent.moved and not self._holds(key, command.certificate_id) for key in stays):
            return False
        spent.undone = True
        self.use(card, spent.parts, spent.here, sign=-1)
        for place in dict.fromkeys(onward.values()):
            lots = {key: Pile(**vars(card.lots[key])) for key, one in onward.items() if one == place}
            self._move(command.certificate_id, place, lots)
        return True


def _entity(command: Command) -> UUID:
    return ENTITY if command.where is None else command.where.legal_entity_id


def _owed_on(source: str) -> str:
    return source if source in {"partner_receivable", "cash", "tender_clearing"} else "refunds"


def _back_to(lot_id: UUID, lot: Pile, command: GivesBack, unbilled: str) -> str:
    """Where a price goes back to: what stands on an invoice is the partner's credit."""
    billed = command.billed is not msgspec.UNSET and lot_id in command.billed
    return "partner_credit" if billed and lot.source == "partner_receivable" else unbilled


def _next_lot(card: Card, command: Command) -> UUID:
    return lot_id_of(command.certificate_id, command.operation_id, len(card.lots))


def _taken(lots: Parts, value: int, gratuity: int) -> Parts:
    """What is taken of which lot, the oldest first, with its share of all that goes with it."""
    parts: Parts = {}
    for key, lot in lots.items():
        face, tip = min(value, lot.face), min(gratuity, lot.gratuity)
        value, gratuity = value - face, gratuity - tip
        if face or tip:
            of = Fraction(face, lot.face or 1)
            discount, included, added = (
                int(left * of + Fraction(1, 2)) for left in (lot.discount, lot.included, lot.added)
            )
            parts[key] = Pile(lot.source, face, tip, discount, included, added, lot.party, lot.entity)
    return parts


def _fits(value: int, gratuity: int, limits: tuple[int, int]) -> bool:
    return 0 <= value <= limits[0] and 0 <= gratuity <= limits[1] and value + gratuity > 0
