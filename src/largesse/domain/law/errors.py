"""What can go wrong with profiles of law."""

from largesse.kernel.errors import Conflict, InvalidInput, NotFound


class LawProfileUnknown(NotFound):
    """There is no profile of that code."""

    code = "law.profile.unknown"
    message = "There is no profile of law by that code. `largesse law list` shows them all."


class LawFileInvalid(InvalidInput):
    """Refuse a file of profiles that contradicts itself, naming every rule that does."""

    code = "law.file.invalid"
    message = "The file of law profiles cannot be read. Correct what is listed."


class LawRefused(InvalidInput):
    """Refuse what breaks the merchant's law profile, because the merchant says so; every broken rule is named."""

    code = "law.refused"
    message = "The law profile is against it, and you have it refuse. Correct what is listed, or let it warn only."


class CashOutNotOwed(Conflict):
    """The law profile does not give the holder the rest in money."""

    code = "law.cash_out.not_owed"
    message = "The law profile does not ask for it to be paid out."


class CashOutUnknown(Conflict):
    """What the law profile says of paying out is unknown."""

    code = "law.cash_out.unknown"
    message = "Whether the law asks for it to be paid out is unknown."
