"""How often one certificate may be redeemed within an hour. Pure, as `book` is.

The times of its last redemptions come with the certificate: no more of them than the limit ever allowed, and none is
kept where there is no limit. What is undone later was redeemed all the same, and counts. So does a merge: else whoever
may not spend any more moves the rest to where they may.
"""

from datetime import datetime, timedelta

from msgspec.structs import replace

from largesse.ledger import errors
from largesse.ledger.model import Decision, Refusal

SPAN = timedelta(hours=1)


def paced(decision: Decision, now: datetime, *, per_hour: int | None) -> Decision | Refusal:
    """Return a redemption with its time remembered, or its refusal where `per_hour` happened within the last hour.

    A decision about two certificates is paced by the first, which value leaves.
    A time ahead of `now` counts, too: who read the clock first does not always come first. One that is more than an
    hour ahead is from a clock that ran wrong, and forgotten.
    """
    if per_hour is None:
        return decision
    certificate, *others = decision.certificates
    recent = [moment for moment in certificate.redeemed_at if abs(now - moment) < SPAN]
    if len(recent) >= per_hour:
        return errors.RedeemedTooOften()
    return replace(decision, certificates=(replace(certificate, redeemed_at=(*recent, now)), *others))
