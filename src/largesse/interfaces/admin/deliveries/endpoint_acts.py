"""What staff do to an endpoint that stands: pause and resume it, give it another secret, an owner's word, remove it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Final
from urllib.parse import urlsplit

from largesse.domain.staff import Act
from largesse.interfaces.admin.deliveries.endpoint_act import EndpointAct, removed_to
from largesse.interfaces.admin.deliveries.endpoint_edits import ChangeEndpointAct
from largesse.interfaces.admin.deliveries.endpoint_inputs import secret_page
from largesse.interfaces.admin.deliveries.endpoint_reading import PostOrdersAct, RevealAct
from largesse.interfaces.admin.deliveries.endpoints import endpoint_in_subject, endpoint_name
from largesse.interfaces.admin.office.acts import ActInput, ActPlan, ActShown, ActSubject, Setting
from largesse.outbox import EMAIL, Endpoint, EndpointStatus
from largesse.services.certificates import Request
from largesse.services.endpoints import (
    admit_endpoint,
    decline_endpoint,
    pause_endpoint,
    remove_endpoint,
    resume_endpoint,
    rotate_secret,
)
from largesse.ui import Voice

HOURS: Final = (0, 1, 24, 72)


class PauseAct(EndpointAct):
    """Send it nothing for now."""

    name = "pause"

    def offered(self, endpoint: Endpoint) -> bool:
        """Return whether it may be done: it is told."""
        return endpoint.status is EndpointStatus.ACTIVE

    def already(self, _setting: Setting, subject: ActSubject) -> bool:
        """Return whether it is paused."""
        return endpoint_in_subject(subject).status is EndpointStatus.PAUSED

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Pause")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("It is paused. What happens meanwhile waits for it.")

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it."""
        endpoint, deps, voice = endpoint_in_subject(subject), setting.front.deps, setting.voice

        async def run(request: Request) -> str | ActShown:
            async with deps.transaction() as connection:
                by = setting.acting(request)
                await pause_endpoint(connection, endpoint.endpoint_id, by=by, now=setting.now)
            return ""

        effects = [
            voice.t("Nothing is sent there until somebody resumes it."),
            voice.t("What happens meanwhile is kept."),
        ]
        if endpoint.format == EMAIL:
            effects[0] = voice.t("No such mail is sent until somebody resumes it.")
        return ActPlan(effects=effects, run=run)


class ResumeAct(EndpointAct):
    """Send to it again."""

    name = "resume"

    def offered(self, endpoint: Endpoint) -> bool:
        """Return whether it may be done: it was paused or turned off."""
        return endpoint.status in {EndpointStatus.PAUSED, EndpointStatus.DISABLED}

    def already(self, _setting: Setting, subject: ActSubject) -> bool:
        """Return whether it is told."""
        return endpoint_in_subject(subject).status is EndpointStatus.ACTIVE

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Resume")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("It is told again; what waited is due at once.")

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it."""
        endpoint, deps, voice = endpoint_in_subject(subject), setting.front.deps, setting.voice

        async def run(request: Request) -> str | ActShown:
            async with deps.transaction(long=True) as connection:
                by = setting.acting(request)
                await resume_endpoint(connection, endpoint.endpoint_id, by=by, now=setting.now)
            return ""

        effects = [voice.t("All that waits is sent at once, then whatever happens.")]
        if endpoint.status is EndpointStatus.DISABLED:
            effects.append(voice.t("What happened while it was turned off is not sent by itself."))
        return ActPlan(effects=effects, run=run)


class RotateAct(EndpointAct):
    """Give it another signing secret."""

    name = "rotate-secret"

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Make a new secret")

    def inputs(self, setting: Setting, _subject: ActSubject) -> Sequence[ActInput]:
        """Return what it asks for: how long the old one signs too."""
        voice = setting.voice
        options = tuple((str(hours), voice.n("{count} hour", "{count} hours", hours)) for hours in HOURS)
        return (
            ActInput(
                name="hours", label=voice.t("The old one signs too for"), kind="choice", options=options, value="24"
            ),
        )

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it."""
        endpoint, deps, voice = endpoint_in_subject(subject), setting.front.deps, setting.voice
        hours = next((one for one in HOURS if str(one) == setting.text("hours")), 24)

        async def run(request: Request) -> str | ActShown:
            async with deps.transaction() as connection:
                secret = await rotate_secret(
                    connection,
                    deps.keyring,
                    endpoint.endpoint_id,
                    overlap=timedelta(hours=hours),
                    by=setting.acting(request),
                    now=setting.now,
                )
            return secret_page(setting, endpoint, secret)

        effects = [
            voice.t("A new secret is made, and shown once."),
            voice.n(
                "For {count} hour both sign; then the old one counts no more.",
                "For {count} hours both sign; then the old one counts no more.",
                hours,
            )
            if hours
            else voice.t("The old one counts no more, from this moment on."),
        ]
        return ActPlan(effects=effects, run=run)


class AdmitAct(EndpointAct):
    """Give an owner's word."""

    name = "admit"
    act = Act.ENDPOINTS_ADMIT

    def offered(self, endpoint: Endpoint) -> bool:
        """Return whether it may be done: something is asked."""
        return endpoint.asked is not None

    def already(self, _setting: Setting, subject: ActSubject) -> bool:
        """Return whether nothing is asked any more."""
        return endpoint_in_subject(subject).asked is None

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Admit it")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("It is admitted.")

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it."""
        endpoint, deps, voice = endpoint_in_subject(subject), setting.front.deps, setting.voice

        async def run(request: Request) -> str | ActShown:
            async with deps.transaction(long=True) as connection:
                by = setting.acting(request)
                await admit_endpoint(connection, deps.keyring, endpoint.endpoint_id, by=by, now=setting.now)
            return ""

        where = endpoint.asked.url if endpoint.asked and endpoint.asked.url else endpoint.url
        host = urlsplit(where).netloc
        effects = [
            voice.t("Names, addresses and orders of your customers go to {host} from now on.", host=host),
            voice.t("The whole address: {address}", address=where),
            voice.t("It is told of: {kinds}.", kinds=voice.listing(list(endpoint.events))),
        ]
        return ActPlan(effects=effects, run=run)


class DeclineAct(EndpointAct):
    """Refuse it."""

    name = "decline"
    act = Act.ENDPOINTS_ADMIT
    danger = True

    def offered(self, endpoint: Endpoint) -> bool:
        """Return whether it may be done: something is asked."""
        return endpoint.asked is not None

    def already(self, _setting: Setting, subject: ActSubject) -> bool:
        """Return whether nothing is asked any more."""
        return endpoint_in_subject(subject).asked is None

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Refuse it")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("It is refused.")

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it."""
        endpoint, deps, voice = endpoint_in_subject(subject), setting.front.deps, setting.voice
        is_new = endpoint.status is EndpointStatus.WAITING

        async def run(request: Request) -> str | ActShown:
            async with deps.transaction(long=True) as connection:
                by = setting.acting(request)
                await decline_endpoint(connection, endpoint.endpoint_id, by=by, now=setting.now)
            return removed_to(setting, self.name) if is_new else ""

        effect = (
            voice.t("The endpoint is removed; nothing was ever sent there.")
            if is_new
            else voice.t("It goes on leading to {address}.", address=endpoint.url)
        )
        return ActPlan(effects=[effect], run=run)


class RetireAct(EndpointAct):
    """Remove it for good."""

    name = "retire"
    danger = True

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Remove it")

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it."""
        endpoint, deps, voice = endpoint_in_subject(subject), setting.front.deps, setting.voice

        async def run(request: Request) -> str | ActShown:
            async with deps.transaction(long=True) as connection:
                by = setting.acting(request)
                await remove_endpoint(connection, endpoint.endpoint_id, by=by, now=setting.now)
            return removed_to(setting, self.name)

        effects = [
            voice.t("{name} is told nothing more, for good.", name=endpoint_name(endpoint, voice)),
            voice.t("What waits for it is given up, and its secrets are deleted."),
            voice.t("What was sent can still be looked up in exports."),
        ]
        return ActPlan(effects=effects, run=run)


ENDPOINT_ACTS: Final = (
    AdmitAct(),
    DeclineAct(),
    ChangeEndpointAct(),
    PauseAct(),
    ResumeAct(),
    RotateAct(),
    PostOrdersAct(),
    RevealAct(),
    RetireAct(),
)
"""What may be done about an endpoint, in the order in which it is offered."""
