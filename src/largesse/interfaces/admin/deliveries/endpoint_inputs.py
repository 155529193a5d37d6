"""What the forms of endpoints ask for, what a change comes to in words, and the page that shows a secret once."""

from collections.abc import Mapping, Sequence
from typing import Final

from largesse.domain.orders import CUSTOM_MAX
from largesse.interfaces.admin.deliveries.endpoints import HERE, trail_to
from largesse.interfaces.admin.office.acts import ActInput, ActShown, Setting
from largesse.outbox import Endpoint, EndpointStatus, open_private
from largesse.services.endpoints import ChangeEndpoint, EventKind, Format, PhoneForm, phone_form_of
from largesse.ui import Voice

_EVENT: Final = "event:"
_URL_MAX: Final = 2000


def typed_events(typed: Mapping[str, str]) -> tuple[str, ...]:
    """Return the kinds of events that were ticked; none of them, or all, means every kind."""
    chosen = tuple(one.value for one in EventKind if typed.get(_EVENT + one.value) == "yes")
    return () if len(chosen) == len(EventKind) else chosen


def inputs_of(setting: Setting, endpoint: Endpoint | None) -> Sequence[ActInput]:
    """Return what is asked for of a new endpoint, or of one that is changed."""
    voice = setting.voice
    is_form = endpoint is None or endpoint.format == Format.ORDER_FORM
    is_json = endpoint is None or endpoint.format == Format.JSON
    asked = [
        ActInput(
            name="url",
            label=voice.t("Address"),
            kind="url",
            hint=voice.t("With https. A query is kept sealed, for it may hold a key phrase.")
            if endpoint is None
            else voice.t("Its query stays as it is unless you write another one."),
            value=endpoint.url if endpoint else "",
            longest=_URL_MAX,
        )
    ]
    if endpoint is None:
        formats = (
            (Format.ORDER_FORM.value, voice.t("order post: issued orders, as the 26 fields of a form")),
            (Format.JSON.value, voice.t("webhook: events, as JSON")),
        )
        asked.append(ActInput(name="format", label=voice.t("How it is written to"), kind="choice", options=formats))
    asked.append(
        ActInput(
            name="ordered",
            label=voice.t("One at a time, oldest first"),
            kind="check",
            hint=voice.t("One that fails holds up the rest."),
            required=False,
            value="yes" if endpoint and endpoint.ordered else "",
        )
    )
    if is_form:
        asked += _form_inputs(setting, endpoint)
    if is_json:
        asked += _event_inputs(voice, endpoint)
    return asked


def _form_inputs(setting: Setting, endpoint: Endpoint | None) -> list[ActInput]:
    voice, group = setting.voice, setting.voice.t("Of an order post")
    phones = (
        (PhoneForm.INTERNATIONAL.value, "+12125550123"),
        (PhoneForm.NATIONAL.value, voice.t("212-555-0123, as dialled in the country")),
    )
    now = phone_form_of(endpoint) if endpoint else PhoneForm.INTERNATIONAL
    known = open_private(setting.front.deps.keyring, endpoint).constants if endpoint else {}
    asked = [
        ActInput(name="phone", label=voice.t("Telephones"), kind="choice", options=phones, value=now.value, group=group)
    ]
    for name in ("custom1", "custom2"):
        is_set = bool(known.get(name))
        hint = voice.t("A key phrase of yours, posted with every order.")
        asked.append(
            ActInput(
                name=name,
                label=name,
                hint=voice.t("One is set. Leave it empty to keep it.") if is_set else hint,
                required=False,
                group=group,
                longest=CUSTOM_MAX + 1,
            )
        )
        if is_set:
            label = voice.t("Take {name} away", name=name)
            asked.append(ActInput(name=f"no_{name}", label=label, kind="check", required=False, group=group))
    return asked


def _event_inputs(voice: Voice, endpoint: Endpoint | None) -> list[ActInput]:
    """Return a box for each kind of event."""
    told = set(endpoint.events) if endpoint else set()
    group = voice.t("Of a webhook: what it is told. Nothing ticked means everything.")
    return [
        ActInput(
            name=_EVENT + one.value,
            label=one.value,
            kind="check",
            required=False,
            value="yes" if one.value in told else "",
            group=group,
        )
        for one in EventKind
    ]


def described(change: ChangeEndpoint, endpoint: Endpoint, *, url: str, voice: Voice) -> list[str]:
    """Return what a change comes to, a sentence for each part."""
    said = []
    if change.url is not None:
        said.append(voice.t("It leads to {after} instead of {before}.", after=url, before=endpoint.url))
    if change.events is not None:
        kinds = voice.listing(list(change.events)) if change.events else voice.t("everything")
        said.append(voice.t("It is told of: {kinds}.", kinds=kinds))
    for name, text in (("custom1", change.custom1), ("custom2", change.custom2)):
        if text is not None:
            said.append(
                voice.t("{name} is another one.", name=name) if text else voice.t("{name} is taken away.", name=name)
            )
    if change.phone is not None:
        said.append(voice.t("Telephones are written another way."))
    if change.ordered is not None:
        said.append(
            voice.t("It is sent one at a time, oldest first.")
            if change.ordered
            else voice.t("It is sent many at once.")
        )
    return [*said, voice.t("What waits for it goes out with the new values.")]


def secret_page(setting: Setting, endpoint: Endpoint, secret: str) -> ActShown | str:
    """Return the page that shows a secret, this once; where there is none to show any more, the endpoint's page."""
    voice, merchant = setting.voice, setting.merchant
    here = HERE.format(slug=merchant.slug, endpoint_id=endpoint.endpoint_id)
    if not secret:
        return here
    values = {
        "trail": trail_to(voice, merchant, endpoint, voice.t("Secret")),
        "secret": secret,
        "home": here,
        "address": endpoint.url,
        "waits": endpoint.status is EndpointStatus.WAITING,
    }
    return ActShown(template="deliveries/secret.html", values=values)
