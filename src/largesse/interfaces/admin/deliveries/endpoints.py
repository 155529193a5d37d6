"""An endpoint as the pages find it in the address, name it, and say how it is."""

import hashlib
from typing import Final
from uuid import UUID

import msgspec

from largesse.domain.merchants import Merchant
from largesse.domain.staff import ByWhom
from largesse.interfaces.admin.front import Caller, StaffFront
from largesse.interfaces.admin.office.acts import ActSubject
from largesse.kernel import free_text
from largesse.kernel.ids import derived_id
from largesse.outbox import EMAIL, MAIL_DUE, Endpoint, EndpointNotFound, EndpointStatus
from largesse.services.endpoints import AGAIN_REASON_MAX, endpoint_of
from largesse.ui import Voice
from largesse.web.errors import PageUnknown
from largesse.web.forms import an_id

LIST_PATH: Final = "/admin/{slug:str}/deliveries"
LIST_HERE: Final = "/admin/{slug}/deliveries"
PATH: Final = f"{LIST_PATH}/{{endpoint_id:str}}"
HERE: Final = "/admin/{slug}/deliveries/{endpoint_id}"
_KINDS: Final = {
    EndpointStatus.ACTIVE: "good",
    EndpointStatus.PAUSED: "warn",
    EndpointStatus.WAITING: "warn",
    EndpointStatus.DISABLED: "bad",
}


class EndpointSubject(msgspec.Struct, frozen=True, kw_only=True):
    """An endpoint that something is done about."""

    endpoint: Endpoint
    name: str

    @property
    def subject_id(self) -> UUID:
        """Its id."""
        return self.endpoint.endpoint_id

    @property
    def version(self) -> str:
        """Something that changes whenever anything of it does that an act shows."""
        one = self.endpoint
        asked = (one.asked.url, one.asked.at) if one.asked else None
        seal = one.private.cipher if one.private else b""
        secret = one.secret.cipher if one.secret else b""
        said = repr((one.status, one.url, one.events, one.options, one.ordered, asked, seal, secret))
        return hashlib.sha256(said.encode()).hexdigest()[:16]

    @property
    def addresses(self) -> frozenset[str]:
        """It is nobody's own."""
        return frozenset()

    def trail(self, voice: Voice, merchant: Merchant, here: str) -> list[tuple[str, str]]:
        """Return the breadcrumb that ends `here`."""
        return trail_to(voice, merchant, self.endpoint, here)


def trail_to(voice: Voice, merchant: Merchant, endpoint: Endpoint | None, *more: str) -> list[tuple[str, str]]:
    """Return the breadcrumb of the deliveries, of an endpoint's page, or of one below it."""
    home = f"/admin/{merchant.slug}"
    found = [(voice.t("Today"), home), (voice.t("Deliveries"), LIST_HERE.format(slug=merchant.slug))]
    if endpoint is not None:
        href = HERE.format(slug=merchant.slug, endpoint_id=endpoint.endpoint_id)
        found.append((endpoint_name(endpoint, voice), href))
    return [*found, *((one, "") for one in more)]


async def find_endpoint(front: StaffFront, caller: Caller) -> ActSubject:
    """Return the endpoint in the address.

    Raises:
        PageUnknown: the merchant has none of that id.
    """
    endpoint = await endpoint_in(front, caller)
    return EndpointSubject(endpoint=endpoint, name=endpoint_name(endpoint, front.voice(caller)))


async def endpoint_in(front: StaffFront, caller: Caller) -> Endpoint:
    """Return the endpoint in the address.

    Raises:
        PageUnknown: the merchant has none of that id.
    """
    assert caller.merchant is not None
    wanted = an_id(str(caller.request.path_params["endpoint_id"]))
    if wanted is None:
        raise PageUnknown
    try:
        async with front.deps.database.connection() as connection:
            return await endpoint_of(connection, caller.merchant.merchant_id, wanted)
    except EndpointNotFound:
        raise PageUnknown from None


def endpoint_in_subject(subject: ActSubject) -> Endpoint:
    """Return the endpoint that something is done about."""
    assert isinstance(subject, EndpointSubject)
    return subject.endpoint


def endpoint_name(endpoint: Endpoint, voice: Voice) -> str:
    """Return what an endpoint is called: where it leads, or whom its mails are for."""
    if endpoint.format != EMAIL:
        return endpoint.url
    if MAIL_DUE in endpoint.events:
        return voice.t("Mails to customers")
    return voice.t("Notices to {address}", address=endpoint.url.removeprefix("mailto:"))


def endpoint_state(endpoint: Endpoint, voice: Voice) -> dict[str, str]:
    """Return the badge that says how an endpoint is."""
    if endpoint.status is EndpointStatus.ACTIVE and endpoint.failing_since is not None:
        return {"badge": voice.t("fails"), "kind": "bad"}
    said = {
        EndpointStatus.ACTIVE: voice.t("works"),
        EndpointStatus.PAUSED: voice.t("paused"),
        EndpointStatus.WAITING: voice.t("waits for an owner’s word"),
        EndpointStatus.DISABLED: voice.t("turned off"),
        EndpointStatus.REMOVED: voice.t("removed"),
    }
    return {"badge": said[endpoint.status], "kind": _KINDS.get(endpoint.status, "")}


def format_name(endpoint: Endpoint, voice: Voice) -> str:
    """Return how an endpoint is written to."""
    known = {
        "order-form": voice.t("order post, 26 fields"),
        "json": voice.t("webhook, JSON"),
        EMAIL: voice.t("mail"),
    }
    return known.get(endpoint.format, endpoint.format)


def asked_again(caller: Caller) -> ByWhom | None:
    """Return who asks that something is sent again, why, and under which operation; None where nobody says so.

    A reason is one that the audit log keeps whole. The operation is the form's own, so that what is sent twice happens
    once; another one for every person.
    """
    assert caller.merchant is not None
    why = free_text.one_line(caller.fields.get("why", ""))
    if not 0 < len(why) <= AGAIN_REASON_MAX:
        return None
    given = an_id(caller.fields.get("operation", "")) or repr(sorted(caller.fields.items()))
    made = derived_id("sent-again", caller.merchant.merchant_id, caller.manager.actor, caller.request.url.path, given)
    return ByWhom(actor=caller.manager.actor, why=why, operation_id=made)


def say_why(voice: Voice) -> str:
    """Return what is said beside the field of the reason, where it is empty or too long."""
    return voice.t("Say why, in 1 to {count} characters.", count=AGAIN_REASON_MAX)
