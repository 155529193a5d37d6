"""What must stand on a certificate or go with it, by a law profile. Pure."""

from datetime import date

from largesse.domain.law.model import Demand, DisplayRule, LawProfile
from largesse.domain.law.profiles import holding, known


def demanded(profile: LawProfile, *, issued_on: date) -> tuple[Demand, ...]:
    """Return what is demanded of a certificate that is issued on a day; nothing where that is unknown."""
    found = known(holding(profile, "display", issued_on=issued_on, today=issued_on))
    return found.rule.words if found is not None and isinstance(found.rule, DisplayRule) else ()
