"""Certificates that are named by their number: found by its HMACs under the lock, and by their ids from then on.

So nothing that is decided, written, told or refused ever holds an HMAC, and a request is the same whichever key made
the HMAC that found its certificate (docs/decisions/0103-redeeming-by-number.md).
"""

from collections.abc import Iterable, Mapping
from uuid import UUID

from msgspec.structs import replace

from largesse.ledger.bundles import Bundle
from largesse.ledger.commands import NOBODY, Command, Digests, Redeem, RedeemByNumber

Number = tuple[UUID, Digests]
"""A merchant's id, and the HMACs of a number of theirs."""

Owners = Mapping[tuple[UUID, bytes], UUID]
"""Whose number an HMAC is of: a certificate's id by its merchant's and the HMAC."""


def numbers_of(commands: Iterable[Command]) -> set[Number]:
    """Return the numbers that commands name their certificates by."""
    return {(command.merchant_id, command.digests) for command in commands if isinstance(command, RedeemByNumber)}


def owner_of(number: Number, owners: Owners) -> UUID | None:
    """Return the certificate whose number it is, None where nobody's is known."""
    merchant_id, digests = number
    return next((owners[merchant_id, one] for one in digests.under_keys if (merchant_id, one) in owners), None)


def named(one: Command | Bundle, owners: Owners) -> Command | Bundle:
    """Return what was asked for as if it had named its certificates by their ids; a number of nobody's is nobody's."""
    if not isinstance(one, Bundle):
        return _named(one, owners)
    if not any(isinstance(command, RedeemByNumber) for command in one.commands):
        return one
    return replace(one, commands=tuple(_named(command, owners) for command in one.commands))


def _named(command: Command, owners: Owners) -> Command:
    if not isinstance(command, RedeemByNumber):
        return command
    given = {field: getattr(command, field) for field in Redeem.__struct_fields__}
    owner = owner_of((command.merchant_id, command.digests), owners)
    return Redeem(**given | {"certificate_id": owner or NOBODY})
