"""What a merchant is: the tenant to whom everything else belongs."""

from datetime import datetime, timedelta
from enum import StrEnum
from uuid import UUID
from zoneinfo import ZoneInfo

import msgspec

from largesse.kernel.clock import zone
from largesse.kernel.conventions import English, SheetSize
from largesse.kernel.currency import Currency, currency

NUMBER_LENGTH_MAX = 11
NAME_LENGTH_MAX = 120
REDEMPTIONS_PER_HOUR_MAX = 100
UNDO_MINUTES_MAX = 60


class Asking(StrEnum):
    """Whether a buyer is asked for a detail."""

    NO = "no"
    ASK = "ask"
    """It may be left empty."""
    REQUIRE = "require"


class ExpiredGratuity(StrEnum):
    """What becomes of gratuity that expires unspent. The words are stored, and never renamed."""

    KEPT = "kept"
    """The merchant keeps it."""
    OWED = "owed"
    """It is owed to the staff, as gratuity that is spent."""


class Reminding(StrEnum):
    """Whether holders are reminded of the last day of a certificate. The words are stored, and never renamed."""

    USUAL = "usual"
    """As is usual where the merchant sells."""
    ON = "on"
    OFF = "off"


class MerchantKind(StrEnum):
    """Whether a merchant sells for real. The words are stored, and what a merchant is never changes."""

    LIVE = "live"
    SANDBOX = "sandbox"
    """Its programs are tried there: unknown at every interface but the REST API, and forgotten when nobody uses it."""


class Merchant(msgspec.Struct, frozen=True, kw_only=True):
    """Describe who sells.

    `slug` is the address of its page, `number` the client id that an order post carries (at most 11
    characters), `prefix` the first letters of its certificate numbers. `currency` is what it sells
    in unless said otherwise; `time_zone` decides when its days end. `ask_phone` and `ask_address` are what a buyer is
    asked for; `language` is that of the merchant's own words. `mail_from_name` and `reply_to` are how its mails to
    customers are signed and where answers go, where that is not the merchant's name and contact address.
    `redemptions_per_hour` is how often one certificate may be redeemed within an hour; None: as often as one likes.
    `expired_gratuity` is what becomes of gratuity that expires unspent; `undo_minutes` for how long somebody at a
    counter undoes by themselves what they did. `parent_id` is whose sandbox it is, where it is somebody's.
    `reminders` says whether holders are reminded of the last day of their certificates. `english` is how its pages and
    mails write days and hours in English, `paper` the sheet that it and its customers print on.
    Since `closed_at` its shop sells nothing on the web; what it sold stays good, and everything else goes on.
    """

    merchant_id: UUID
    slug: str
    number: str
    prefix: str
    name: str
    currency: str
    time_zone: str
    contact_email: str
    is_demo: bool
    created_at: datetime
    ask_phone: Asking = Asking.ASK
    ask_address: Asking = Asking.NO
    language: str = "en"
    mail_from_name: str = ""
    reply_to: str = ""
    redemptions_per_hour: int | None = None
    expired_gratuity: ExpiredGratuity = ExpiredGratuity.KEPT
    undo_minutes: int = 5
    kind: MerchantKind = MerchantKind.LIVE
    parent_id: UUID | None = None
    closed_at: datetime | None = None
    reminders: Reminding = Reminding.USUAL
    english: English = English.BRITISH
    paper: SheetSize = SheetSize.A4

    @property
    def is_live(self) -> bool:
        """Return whether it sells for real."""
        return self.kind is MerchantKind.LIVE

    @property
    def undo_within(self) -> timedelta:
        """Return for how long somebody at a counter undoes by themselves what they did."""
        return timedelta(minutes=self.undo_minutes)

    @property
    def mails_as(self) -> str:
        """Return the name that mails to customers come under."""
        return self.mail_from_name or self.name

    @property
    def reply_address(self) -> str:
        """Return the address at which customers reach the merchant."""
        return self.reply_to or self.contact_email

    @property
    def zone(self) -> ZoneInfo:
        """Return the merchant's time zone."""
        return zone(self.time_zone)

    @property
    def money(self) -> Currency:
        """Return the merchant's usual currency."""
        return currency(self.currency)


class MerchantDraft(msgspec.Struct, frozen=True, kw_only=True):
    """A merchant as it was asked for, not yet checked.

    Where `english` or `paper` is None, it is what is usual where its clock stands.
    """

    slug: str
    number: str
    prefix: str
    name: str
    currency: str = "USD"
    time_zone: str = "America/New_York"
    contact_email: str
    is_demo: bool = False
    english: English | None = None
    paper: SheetSize | None = None


class MerchantChange(msgspec.Struct, frozen=True, kw_only=True):
    """The changes; None leaves a field alone. An empty `mail_from_name` or `reply_to` is as usual again.

    `redemptions_per_hour` 0 takes the limit away.

    The number, the prefix and the currency never change: receivers, certificates and journals carry
    them.
    """

    slug: str | None = None
    name: str | None = None
    time_zone: str | None = None
    contact_email: str | None = None
    ask_phone: Asking | None = None
    ask_address: Asking | None = None
    language: str | None = None
    mail_from_name: str | None = None
    reply_to: str | None = None
    redemptions_per_hour: int | None = None
    expired_gratuity: ExpiredGratuity | None = None
    undo_minutes: int | None = None
    reminders: Reminding | None = None
    english: English | None = None
    paper: SheetSize | None = None
