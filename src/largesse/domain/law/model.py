"""What a profile of law says: rules by topic, each with the days on which it holds, its source, and how sure that is.

What is not verified is a rule of state *unknown*. Nothing here ever reads that as "there is no rule".
"""

from datetime import date
from enum import StrEnum
from typing import ClassVar

import msgspec


class RuleState(StrEnum):
    """Whether there is a rule."""

    SET = "set"
    NONE = "none"
    """A source says that there is none."""
    UNKNOWN = "unknown"
    """It is not verified."""


class Sureness(StrEnum):
    """How sure the source of a rule is."""

    YES = "yes"
    MEDIUM = "medium"
    WEAK = "weak"
    OLD = "old"
    NO = "no"
    UNKNOWN = "unknown"
    """Of what is unknown itself."""


class HoldsBy(StrEnum):
    """Which day decides whether a dated rule holds for a certificate."""

    ISSUE_DAY = "issue_day"
    TODAY = "today"


class CountsFrom(StrEnum):
    """The event that a time of a rule is counted from."""

    ISSUE = "issue"
    ISSUE_OR_LAST_LOAD = "issue_or_last_load"
    YEAR_END_OF_ISSUE = "year_end_of_issue"
    JUNE_30_AFTER_ISSUE = "june_30_after_issue"
    """30 June, of the year of issue or of the next, whichever comes first after the issue."""
    LAST_ACTIVITY = "last_activity"


class Exemption(StrEnum):
    """A kind of certificate that rules do not count for."""

    LOYALTY = "loyalty"
    PROMOTIONAL = "promotional"
    NOT_MARKETED = "not_marketed"
    """It is not offered to the public."""
    BUSINESS_USE = "business_use"
    CHARITY = "charity"
    DONATED = "donated"
    REFUND = "refund"
    E_MONEY = "e_money"
    SHORT_DISCOUNT = "short_discount"


class Demand(StrEnum):
    """What must stand on a certificate, or be handed over with it."""

    DATE_OR_NO_EXPIRY = "date_or_no_expiry"
    """The last good day, or the words "no expiry date"."""
    GIFT_RECEIPT = "gift_receipt"


class CashOutKind(StrEnum):
    """The certificates that a condition of a cash-out counts for, where it does not count for all."""

    RELOADABLE = "reloadable"
    NOT_RELOADABLE = "not_reloadable"
    UNUSABLE = "unusable"
    """It cannot be used again."""


class LawRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What is common to rules. `since` and `until` are the first and last day on which it holds; None: without end."""

    topic: ClassVar[str] = ""

    state: RuleState = RuleState.SET
    since: date | None = msgspec.field(default=None, name="from")
    until: date | None = None
    applies: HoldsBy | None = None
    source: str = ""
    sure: Sureness | None = None
    note: str = ""

    def covers(self, *, issued_on: date, today: date) -> bool:
        """Return whether it holds for what was issued on a day, asked today; one without days always does."""
        day = today if self.applies is HoldsBy.TODAY else issued_on
        return (self.since is None or self.since <= day) and (self.until is None or day <= self.until)

    @property
    def is_known(self) -> bool:
        """Return whether it says anything, be it that there is no rule."""
        return self.state is not RuleState.UNKNOWN


class ValidityRule(LawRule, frozen=True, kw_only=True):
    """How long a certificate must be good at least: `years` from an event, or for ever where it may not expire.

    `packages_may_expire` excepts what names a service instead of money.
    """

    topic = "validity"

    may_expire: bool = True
    years: int | None = None
    counts_from: CountsFrom | None = None
    packages_may_expire: bool = False


class CashOutWhen(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A condition under which a holder may ask for the rest in money; one of the four measures is given."""

    below: str | None = None
    at_most: str | None = None
    above: str | None = None
    used_percent: int | None = None
    """How much of all that was filled in must be used."""
    kind: CashOutKind | None = None


class CashOutRule(LawRule, frozen=True, kw_only=True):
    """When a holder may ask for the rest in money: under any of the conditions."""

    topic = "cash_out"

    currency: str | None = None
    when: tuple[CashOutWhen, ...] = ()


class FeeRule(LawRule, frozen=True, kw_only=True):
    """Whether fees may be taken of a certificate, how late and how often."""

    topic = "fees"

    allowed: bool | None = None
    after_months: int | None = None
    times_per_month: int | None = None
    at_most: str | None = None
    currency: str | None = None


class UnclaimedRule(LawRule, frozen=True, kw_only=True):
    """After how long what is left belongs to the state, and how much of it."""

    topic = "unclaimed"

    years: int | None = None
    counts_from: CountsFrom | None = None
    share_percent: int = 100


class DisplayRule(LawRule, frozen=True, kw_only=True):
    """What must stand on a certificate or go with it."""

    topic = "display"

    words: tuple[Demand, ...] = ()


class ExemptRule(LawRule, frozen=True, kw_only=True):
    """What the rules do not count for."""

    topic = "exempt"

    kinds: tuple[Exemption, ...] = ()


class WithdrawalRule(LawRule, frozen=True, kw_only=True):
    """For how many days a buyer may withdraw, and whether the shop must have a function for it; None: not known."""

    topic = "withdrawal"

    days: int | None = None
    function: bool | None = None


class StatedRule(LawRule, frozen=True, kw_only=True):
    """A rule that is only told, in words."""

    topic = "stated"

    says: str = ""


class LawProfile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The law of one place. `inherits` is the code of the profile that holds where this one says nothing."""

    name: str
    source: str
    sure: Sureness
    code: str = ""
    inherits: str | None = None
    note: str = ""
    validity: tuple[ValidityRule, ...] = ()
    cash_out: tuple[CashOutRule, ...] = ()
    fees: tuple[FeeRule, ...] = ()
    unclaimed: tuple[UnclaimedRule, ...] = ()
    display: tuple[DisplayRule, ...] = ()
    exempt: tuple[ExemptRule, ...] = ()
    tax: tuple[StatedRule, ...] = ()
    priority: tuple[StatedRule, ...] = ()
    withdrawal: tuple[WithdrawalRule, ...] = ()
    order_button: tuple[StatedRule, ...] = ()
    texts: tuple[StatedRule, ...] = ()
    prices: tuple[StatedRule, ...] = ()
    opt_in: tuple[StatedRule, ...] = ()
    imprint: tuple[StatedRule, ...] = ()
    fiscal_till: tuple[StatedRule, ...] = ()

    def rules(self, topic: str) -> tuple[LawRule, ...]:
        """Return its own rules of a topic."""
        own: tuple[LawRule, ...] = getattr(self, topic)
        return own


TOPICS = tuple(
    name
    for name in LawProfile.__struct_fields__
    if name
    not in {
        "name",
        "source",
        "sure",
        "code",
        "inherits",
        "note",
    }
)
"""Every topic, in the order in which they are shown."""

CORE_TOPICS = ("validity", "cash_out", "fees", "unclaimed", "display", "exempt", "withdrawal", "fiscal_till")
"""What a profile that inherits from none must speak of, be it to say that it is unknown."""
