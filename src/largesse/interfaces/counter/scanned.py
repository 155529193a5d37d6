"""What was scanned or typed here, from one page to the next: by its slip, never by its id alone."""

from collections.abc import Mapping
from typing import NamedTuple

from largesse.domain.certificates import CertificateUnknown
from largesse.interfaces.counter.caller import CounterCaller
from largesse.interfaces.counter.dependencies import CounterDependencies
from largesse.interfaces.counter.desks import guesser
from largesse.interfaces.counter.slips import HeldSlip, new_slip, slips_in
from largesse.interfaces.counter.wording import way_in
from largesse.services.certificates import Located, locate_id
from largesse.services.counter import NumberIsSample, look_here, read_here
from largesse.web.shared_limits import SharedLimit


class ReadCard(NamedTuple):
    """A certificate whose number was read here, and the slip that says so."""

    located: Located
    slip: HeldSlip


async def scanned_here(deps: CounterDependencies, guesses: SharedLimit, caller: CounterCaller) -> Located | None:
    """Return the certificate whose number was scanned or typed, None where it is not known here; misses are counted.

    Raises:
        TooManyRequests: too many were wrong lately.
    """
    read = await read_here(deps, caller.merchant, caller.fields.get("number", ""))
    async with guesses.attempt(guesser(caller)) as attempt:
        try:
            return await look_here(deps, caller.merchant, read)
        except (CertificateUnknown, NumberIsSample):
            attempt.miss()
            return None


def read_slip(deps: CounterDependencies, caller: CounterCaller, found: Located) -> HeldSlip:
    """Return a slip for what was read just now, and how, as its form says."""
    came, now = way_in(caller.fields.get("came", "")), deps.clock.now()
    return new_slip(deps.keyring, found.certificate.certificate_id, came, made_for=caller.form_owner, now=now)


async def read_before(deps: CounterDependencies, caller: CounterCaller, carried: Mapping[str, str]) -> ReadCard | None:
    """Return the one certificate whose slip a form or an address carries; None where that is none that counts."""
    found = slips_in(deps.keyring, carried, made_for=caller.form_owner, now=deps.clock.now())
    if len(found) != 1:
        return None
    try:
        return ReadCard(await locate_id(deps, caller.merchant, found[0].slip.certificate_id), found[0])
    except CertificateUnknown:
        return None
