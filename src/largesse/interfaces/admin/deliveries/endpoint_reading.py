"""What staff do with an endpoint besides changing it: post older orders there, and read its key phrases."""

from collections.abc import Sequence
from datetime import date
from typing import Final

from msgspec.structs import replace

from largesse.domain.orders import OrderFilter
from largesse.interfaces.admin.deliveries.endpoint_act import EndpointAct
from largesse.interfaces.admin.deliveries.endpoints import HERE, endpoint_in_subject, trail_to
from largesse.interfaces.admin.office.acts import ActInput, ActPlan, ActShown, ActSubject, Setting, Unfit
from largesse.kernel.clock import start_of_day
from largesse.kernel.paging import Period
from largesse.outbox import EMAIL, Endpoint, EndpointStatus
from largesse.services.certificates import Request
from largesse.services.endpoints import Format, post_orders, reveal_phrases
from largesse.ui import Voice

_ISSUED: Final = "issued"


class PostOrdersAct(EndpointAct):
    """Post issued orders that it was not told of."""

    name = "post-orders"

    def offered(self, endpoint: Endpoint) -> bool:
        """Return whether it may be done: it is told."""
        return endpoint.format != EMAIL and endpoint.status in {EndpointStatus.ACTIVE, EndpointStatus.PAUSED}

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Post older orders")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("They are queued. What it had been told of is not sent again.")

    def inputs(self, setting: Setting, _subject: ActSubject) -> Sequence[ActInput]:
        """Return what it asks for: from when."""
        voice = setting.voice
        dates = (("ordered", voice.t("when they were placed")), (_ISSUED, voice.t("when they were issued")))
        return (
            ActInput(name="since", label=voice.t("From"), kind="day", required=False),
            ActInput(name="until", label=voice.t("Up to, not included"), kind="day", required=False),
            ActInput(name="by", label=voice.t("Days are those"), kind="choice", options=dates, value="ordered"),
        )

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it."""
        endpoint, deps, voice = endpoint_in_subject(subject), setting.front.deps, setting.voice
        since, until = _day(setting, "since"), _day(setting, "until")
        if since is not None and until is not None and until <= since:
            raise Unfit(until=voice.t("Nothing lies between these days."))
        zone = setting.merchant.zone
        span = Period(
            since=start_of_day(since, in_zone=zone) if since else None,
            until=start_of_day(until, in_zone=zone) if until else None,
        )
        by_issue = setting.text("by") == _ISSUED
        wanted = OrderFilter(placed=Period() if by_issue else span, issued=span if by_issue else Period())

        async def run(request: Request) -> str | ActShown:
            by = replace(setting.acting(request), operation_id=request.operation_id)
            await post_orders(deps, endpoint.endpoint_id, wanted, by=by, now=setting.now)
            return ""

        effects = [
            voice.t("Issued orders that it was not told of are queued for {address}.", address=endpoint.url),
            voice.t("From {day} on.", day=voice.day(since)) if since else voice.t("From the first one on."),
        ]
        if until is not None:
            effects.append(voice.t("Up to {day}, which is not included.", day=voice.day(until)))
        return ActPlan(effects=effects, run=run)


class RevealAct(EndpointAct):
    """Read what is sealed of it: custom1, custom2 and the query of its address."""

    name = "reveal"

    def offered(self, endpoint: Endpoint) -> bool:
        """Return whether it may be done: it is an order post, which has such words, or an address with a query."""
        return endpoint.format in set(Format) and endpoint.status is not EndpointStatus.REMOVED

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Show its key phrases")

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it."""
        endpoint, deps, voice = endpoint_in_subject(subject), setting.front.deps, setting.voice

        async def run(request: Request) -> str | ActShown:
            async with deps.database.transaction() as connection:
                found = await reveal_phrases(
                    connection,
                    deps.keyring,
                    endpoint.endpoint_id,
                    actor=request.actor,
                    reason=request.memo or "",
                    now=setting.now,
                )
            values = {
                "trail": trail_to(voice, setting.merchant, endpoint, voice.t("Key phrases")),
                "home": HERE.format(slug=setting.merchant.slug, endpoint_id=endpoint.endpoint_id),
                "address": endpoint.url,
                "phrases": [
                    ("custom1", found.custom1),
                    ("custom2", found.custom2),
                    (voice.t("Query of the address"), found.query),
                ],
            }
            return ActShown(template="deliveries/phrases.html", values=values)

        effects = [
            voice.t("Its key phrases and the query of its address are shown to you, this once."),
            voice.t("The audit log says that you saw them, and why."),
        ]
        return ActPlan(effects=effects, run=run)


def _day(setting: Setting, name: str) -> date | None:
    text = setting.text(name)
    if not text:
        return None
    try:
        found = date.fromisoformat(text)
    except ValueError:
        found = date.max
    if not date.min < found < date.max:  # in some zone these begin before, or end after, what a calendar has
        raise Unfit(**{name: setting.voice.t("Choose a day.")})
    return found
