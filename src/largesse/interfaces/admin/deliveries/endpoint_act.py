"""What acts about endpoints share."""

from collections.abc import Sequence

from largesse.domain.staff import Act, Audited
from largesse.interfaces.admin.office.acts import ActInput, ActSubject, Setting
from largesse.outbox import EMAIL, Endpoint
from largesse.ui import Voice


class EndpointAct:
    """What acts about endpoints share. The services write the audit log."""

    name = ""
    act = Act.ENDPOINTS_EDIT
    audited: Audited | None = None
    danger = False

    def offered(self, endpoint: Endpoint) -> bool:
        """Return whether it may be done to an endpoint that stands so."""
        return endpoint.format != EMAIL

    def title(self, _voice: Voice) -> str:
        """Return what it is called."""
        return ""

    def done(self, _voice: Voice) -> str:
        """Return what is said when it is done."""
        return ""

    def inputs(self, _setting: Setting, _subject: ActSubject) -> Sequence[ActInput]:
        """Return what it asks for: nothing, unless said otherwise."""
        return ()

    def already(self, _setting: Setting, _subject: ActSubject) -> bool:
        """Return whether it has come to what it would come to."""
        return False


def removed_to(setting: Setting, done: str) -> str:
    """Return where to go on when the endpoint's own page is no more."""
    return f"/admin/{setting.merchant.slug}/deliveries?done={done}"
