"""What the report of breakage calls its columns and methods. Pure."""

from largesse.domain.breakage import BreakageMethod
from largesse.ui import Voice


def columns(voice: Voice) -> dict[str, str]:
    """Return what stands above the columns."""
    return {
        "cohort": voice.t("Sold in the month from"),
        "given_back": voice.t("Given back"),
        "outstanding": voice.t("Still outstanding"),
        "method": voice.t("Breakage is earned"),
        "breakage_expected": voice.t("Expected to stay unused"),
        "breakage_target": voice.t("Of that, earned by now"),
        "breakage_booked": voice.t("Estimate in the books"),
    }


def method_name(value: str | None, voice: Voice) -> str:
    """Return when breakage is earned."""
    return {
        BreakageMethod.AT_EXPIRY.value: voice.t("when it expires"),
        BreakageMethod.WHEN_REMOTE.value: voice.t("when its use is remote"),
        BreakageMethod.PROPORTIONAL.value: voice.t("in proportion to what is used"),
    }.get(value or "", value or "")
