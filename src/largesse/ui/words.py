"""Words that forms of every interface say alike."""

from largesse.ui.voice import Voice


def choose_one(voice: Voice) -> str:
    """Return what is said beside a field whose choice is not offered."""
    return voice.t("Choose one of those that are offered.")
