"""The law that a merchant goes by: what it chose, with the profile itself."""

from datetime import datetime
from enum import StrEnum
from uuid import UUID

import msgspec

from largesse.domain.law.model import LawProfile


class WhenUnknown(StrEnum):
    """What becomes of breakage where the rule about it is unknown."""

    WAIT = "wait"
    BOOK = "book"


class LawChoice(msgspec.Struct, frozen=True, kw_only=True):
    """The law profile that a merchant goes by.

    `refuses` is whether what breaks one of its rules is refused; else there is only a warning.
    """

    merchant_id: UUID
    code: str
    refuses: bool = False
    when_unknown: WhenUnknown = WhenUnknown.WAIT
    chosen_at: datetime


class MerchantLaw(msgspec.Struct, frozen=True, kw_only=True):
    """What a merchant chose, and the profile that it means."""

    choice: LawChoice
    profile: LawProfile
