"""Add an endpoint, and change what one is: a new one, or another host, waits for an owner's word."""

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import UUID

import msgspec

from largesse.domain.merchants import Merchant
from largesse.domain.orders import CUSTOM_MAX
from largesse.domain.staff import Act, may
from largesse.interfaces.admin.deliveries.endpoint_act import EndpointAct
from largesse.interfaces.admin.deliveries.endpoint_inputs import described, inputs_of, secret_page, typed_events
from largesse.interfaces.admin.deliveries.endpoints import endpoint_in_subject, trail_to
from largesse.interfaces.admin.front import Caller, StaffFront
from largesse.interfaces.admin.office.acts import ActInput, ActPlan, ActShown, ActSubject, Setting, Unfit
from largesse.kernel.errors import InvalidInput
from largesse.kernel.ids import derived_id
from largesse.outbox import Endpoint, EndpointStatus, normalise_url, open_private
from largesse.services.certificates import Request
from largesse.services.endpoints import (
    AddEndpoint,
    ChangeEndpoint,
    Format,
    PhoneForm,
    add_endpoint,
    change_endpoint,
    is_elsewhere,
    phone_form_of,
)
from largesse.ui import Voice
from largesse.web.choices import chosen
from largesse.web.forms import an_id

_URL_MAX: Final = 2000


class NewEndpointPlace(msgspec.Struct, frozen=True, kw_only=True):
    """The merchant, where something is added."""

    merchant_id: UUID

    @property
    def subject_id(self) -> UUID:
        """Its id."""
        return self.merchant_id

    @property
    def version(self) -> str:
        """What is added depends on nothing that is shown."""
        return "new"

    @property
    def addresses(self) -> frozenset[str]:
        """It is nobody's own."""
        return frozenset()

    def trail(self, voice: Voice, merchant: Merchant, here: str) -> list[tuple[str, str]]:
        """Return the breadcrumb that ends `here`."""
        return trail_to(voice, merchant, None, here)


async def find_place(_front: StaffFront, caller: Caller) -> ActSubject:
    """Return where an endpoint is added."""
    assert caller.merchant is not None
    return NewEndpointPlace(merchant_id=caller.merchant.merchant_id)


class AddEndpointAct(EndpointAct):
    """Have another system told from now on."""

    name = "new"

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Add an endpoint")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("The endpoint is there.")

    def inputs(self, setting: Setting, _subject: ActSubject) -> Sequence[ActInput]:
        """Return what it asks for."""
        return inputs_of(setting, None)

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it."""
        voice, deps, merchant, typed = setting.voice, setting.front.deps, setting.merchant, setting.typed
        form = chosen(typed, "format", (Format.JSON, Format.ORDER_FORM), usual=Format.ORDER_FORM)
        url = _url(setting)
        made = an_id(typed.get("operation", ""))
        waits = not _is_owner(setting)
        wanted = AddEndpoint(
            merchant_id=subject.subject_id,
            format=form,
            url=typed.get("url", "")[:_URL_MAX],
            events=typed_events(typed) if form is Format.JSON else (),
            custom1=typed.get("custom1", "")[: CUSTOM_MAX + 1],
            custom2=typed.get("custom2", "")[: CUSTOM_MAX + 1],
            phone=_phone(setting),
            ordered=typed.get("ordered") == "yes",
            notify=merchant.contact_email,
            endpoint_id=derived_id("endpoint", subject.subject_id, made) if made else None,
            waits=waits,
        )
        _check_customs(voice, wanted.custom1, wanted.custom2)

        async def run(request: Request) -> str | ActShown:
            try:
                async with deps.transaction() as connection:
                    endpoint, secret = await add_endpoint(
                        connection,
                        deps.keyring,
                        wanted,
                        reach=deps.reach,
                        by=setting.acting(request),
                        now=setting.now,
                    )
            except InvalidInput as wrong:
                raise Unfit(**{fault.field: fault.message for fault in wrong.fields}) from None
            return secret_page(setting, endpoint, secret)

        effects = [
            voice.t("Orders are posted to {address} from now on, as the 26 fields of a form.", address=_shown(url))
            if form is Format.ORDER_FORM
            else voice.t(
                "{address} is told as JSON: {kinds}.", address=_shown(url), kinds=_kinds(wanted.events, voice)
            ),
            voice.t("A secret that signs them is made, and shown once."),
        ]
        if waits:
            effects.append(voice.t("Nothing is sent there until an owner admits it."))
        return ActPlan(effects=effects, run=run)


class ChangeEndpointAct(EndpointAct):
    """Change where it leads, what it is told, and how."""

    name = "change"

    def title(self, voice: Voice) -> str:
        """Return what it is called."""
        return voice.t("Change it")

    def done(self, voice: Voice) -> str:
        """Return what is said when it is done."""
        return voice.t("It is changed. What waited goes out with the new values.")

    def inputs(self, setting: Setting, subject: ActSubject) -> Sequence[ActInput]:
        """Return what it asks for."""
        return inputs_of(setting, endpoint_in_subject(subject))

    async def plan(self, setting: Setting, subject: ActSubject) -> ActPlan:
        """Return what would come of it."""
        endpoint, deps, voice = endpoint_in_subject(subject), setting.front.deps, setting.voice
        change = self._change(setting, endpoint)
        if not change.parts:
            raise Unfit(url=voice.t("Nothing is different. Change something, or leave it as it is."))
        url = _url(setting) if change.url is not None else endpoint.url
        _check_customs(voice, change.custom1 or "", change.custom2 or "")
        waits = not _is_owner(setting)

        async def run(request: Request) -> str | ActShown:
            try:
                async with deps.transaction(long=True) as connection:
                    await change_endpoint(
                        connection,
                        deps.keyring,
                        endpoint.endpoint_id,
                        change,
                        reach=deps.reach,
                        by=setting.acting(request),
                        host_waits=waits and endpoint.status is not EndpointStatus.WAITING,
                        now=setting.now,
                    )
            except InvalidInput as wrong:
                raise Unfit(**{fault.field: fault.message for fault in wrong.fields}) from None
            return ""

        effects = described(change, endpoint, url=_shown(url), voice=voice)
        if waits and change.url is not None and is_elsewhere(endpoint, url):
            effects.append(voice.t("The other host waits for an owner’s word; until then it leads where it leads now."))
        return ActPlan(effects=effects, run=run)

    def _change(self, setting: Setting, endpoint: Endpoint) -> ChangeEndpoint:
        """Return what is different in the form. Sealed parts are changed where something is typed, or cleared."""
        typed, known = setting.typed, open_private(setting.front.deps.keyring, endpoint)
        url = typed.get("url", "")[:_URL_MAX].strip()
        events = typed_events(typed)
        ordered = typed.get("ordered") == "yes"
        customs: Mapping[str, str | None] = {
            name: "" if typed.get(f"no_{name}") == "yes" and known.constants.get(name) else typed.get(name) or None
            for name in ("custom1", "custom2")
        }
        is_form = endpoint.format == Format.ORDER_FORM
        phone = _phone(setting) if is_form else None
        return ChangeEndpoint(
            url=url if url != endpoint.url or (known.query and "?" in url) else None,
            events=events if not is_form and events and set(events) != set(endpoint.events) else None,
            custom1=customs["custom1"],
            custom2=customs["custom2"],
            phone=phone if phone is not None and phone is not phone_form_of(endpoint) else None,
            ordered=ordered if ordered != endpoint.ordered else None,
        )


def _is_owner(setting: Setting) -> bool:
    authority = setting.caller.authority
    return authority is not None and may(authority.role, Act.ENDPOINTS_ADMIT)


def _url(setting: Setting) -> str:
    """Return the URL that was typed, in its one form.

    Raises:
        Unfit: it is none that may be posted to.
    """
    url, wrong = normalise_url(setting.typed.get("url", "")[:_URL_MAX].strip(), reach=setting.front.deps.reach)
    if wrong:
        raise Unfit(url=wrong[0].message)
    return url


def _shown(url: str) -> str:
    """Return a URL without its query, which may be a key phrase."""
    return url.partition("?")[0]


def _kinds(events: Sequence[str], voice: Voice) -> str:
    return voice.listing(list(events)) if events else voice.t("everything")


def _phone(setting: Setting) -> PhoneForm:
    return chosen(setting.typed, "phone", PhoneForm, usual=PhoneForm.INTERNATIONAL)


def _check_customs(voice: Voice, *texts: str) -> None:
    """Refuse key phrases that are too long.

    Raises:
        Unfit: one is.
    """
    for name, text in zip(("custom1", "custom2"), texts, strict=True):
        if len(text) > CUSTOM_MAX:
            said = voice.t(
                "At most {limit} characters: take out {over}.", limit=CUSTOM_MAX, over=len(text) - CUSTOM_MAX
            )
            raise Unfit(**{name: said})
