"""The style guide: every piece of the look in every state, on one page.

It is served in demo mode, for those who build pages.
"""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import msgspec
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from litestar.params import FromQuery

from largesse.kernel.currency import currency
from largesse.kernel.money import Money
from largesse.ui import (
    DARK,
    DEFAULT_ACCENT,
    LIGHT,
    Brand,
    ColourScheme,
    InvalidAccent,
    Templates,
    Voice,
    contrast,
    palette,
)
from largesse.web.pages import page
from largesse.web.preferences import visit_of
from largesse.web.request import AnyRequest

_PATH = "/styleguide"
_NOW = datetime(2026, 11, 20, 15, 4, tzinfo=UTC)
_ZONE = ZoneInfo("America/New_York")
_DESIGNS = ("Engraved", "Botanical", "Letterpress")
_ACCENTS = ("#7a2e3b", "#2f5d50", "#1f4e8c", "#b4581a", "#e8c33a")
_SECTIONS = (
    ("Overview", "chart"),
    ("Orders", "orders"),
    ("Certificates", "gift"),
    ("People", "people"),
    ("Settings", "settings"),
)


def styleguide_routes(templates: Templates) -> list[HTTPRouteHandler]:
    """Return the handlers of `/styleguide` and `/styleguide/desk`. `?accent=1f4e8c` and `?theme=dark` try others."""

    @get(_PATH, include_in_schema=False, sync_to_thread=False)
    def shop(request: AnyRequest, accent: FromQuery[str] = "", theme: FromQuery[str] = "") -> Response[str]:
        """Show every piece on the shop's paper."""
        return _answer(templates, "storefront/styleguide.html", request, accent=accent, theme=theme)

    @get(f"{_PATH}/desk", include_in_schema=False, sync_to_thread=False)
    def desk(request: AnyRequest, accent: FromQuery[str] = "", theme: FromQuery[str] = "") -> Response[str]:
        """Show the workbench."""
        return _answer(templates, "storefront/styleguide_desk.html", request, accent=accent, theme=theme)

    @get(f"{_PATH}/confirm", include_in_schema=False, sync_to_thread=False)
    def confirm(request: AnyRequest) -> Response[str]:
        """Show the page that stands in for the dialog where there are no scripts."""
        return _answer(templates, "storefront/styleguide_confirm.html", request, accent="", theme="")

    return [shop, desk, confirm]


def _answer(templates: Templates, template: str, request: AnyRequest, *, accent: str, theme: str) -> Response[str]:
    visit = visit_of(request)
    if theme in set(ColourScheme):
        visit = msgspec.structs.replace(visit, theme=ColourScheme(theme))
    brand = Brand(name="Juniper & Stone", accent=_accent(accent), home=_PATH)
    values = {
        "swatches": [_swatches(brand.accent, dark=dark) for dark in (False, True)],
        "accents": _ACCENTS,
        "sections": [
            {"name": name, "icon": icon, "href": f"{_PATH}/desk", "here": name == "Orders"} for name, icon in _SECTIONS
        ],
        "trail": [("Overview", _PATH), ("Orders", None)],
        **_samples(templates.voice(visit)),
    }
    return page(templates, template, request, values, visit=visit, brand=brand, demo=True)


def _accent(text: str) -> str:
    try:
        return Brand(name="", accent=f"#{text}").accent if text else DEFAULT_ACCENT
    except InvalidAccent:
        return DEFAULT_ACCENT


def _swatches(accent: str, *, dark: bool) -> dict[str, object]:
    """Return the colours of one mode as rows: name, value, and the contrast with the paper."""
    paper = (DARK if dark else LIGHT).paper
    colours = palette(accent, dark=dark).properties()
    return {
        "theme": "dark" if dark else "light",
        "colours": [(name, value, f"{contrast(value, paper):.1f}") for name, value in colours.items()],
    }


def _samples(voice: Voice) -> dict[str, object]:
    """Return figures and days as the voice writes them."""

    def money(minor: int, *, short: bool = False) -> str:
        return voice.money(Money(minor, currency("USD")), short=short)

    sent = datetime(2026, 12, 24, 14, 0, tzinfo=UTC)
    return {
        "amounts": [
            {"value": str(minor), "title": money(minor, short=True)} for minor in (2500, 5000, 7500, 10000, 15000)
        ],
        "designs": [{"value": name.lower(), "title": name} for name in _DESIGNS],
        "sums": [
            ("Certificate", money(10000)),
            ("Gratuity, 15 %", money(1500)),
            ("Promo code", money(-1000)),
            ("To pay", money(10500)),
        ],
        "orders": _orders(voice, money(12000), money(4500), money(123050)),
        "orders_total": money(139550),
        "hero": money(11000),
        "good_through": voice.long_day(date(2027, 11, 21)),
        "sent_on": voice.on_moment(sent, zone=_ZONE, now=_NOW),
        "story": _story(voice, money(2500), money(11000)),
        "number": voice.number("GL7K2M9QXR4T8WHB3C"),
    }


def _orders(voice: Voice, *amounts: str) -> list[dict[str, str]]:
    people = ("Ada L.", "Grace H.", "The Botanical Society")
    states = ("sent", "waiting", "refused")
    return [
        {
            "order": f"GL-7K2M9QXR4{place}",
            "to": people[place],
            "day": voice.short_day(date(2026, 11, 18 + place)),
            "state": states[place],
            "amount": amount,
        }
        for place, amount in enumerate(amounts)
    ]  # fmt: skip - a row of a table reads better in a line


def _story(voice: Voice, used: str, bought: str) -> list[dict[str, object]]:
    moments = (
        (
            f"Bought for {bought}",
            datetime(2026, 11, 18, 22, 58, tzinfo=UTC),
            "Paid by card. The receipt went to the buyer.",
            True,
        ),
        ("Sent to Ada", datetime(2026, 11, 19, 14, 0, tzinfo=UTC), None, True),
        (f"{used} used at the till", datetime(2026, 11, 20, 14, 30, tzinfo=UTC), "Front desk, receipt 4021.", True),
        ("A reminder goes to Ada", datetime(2027, 10, 21, 13, 0, tzinfo=UTC), None, False),
    )
    return [
        {"what": what, "when": voice.moment(at, zone=_ZONE, now=_NOW), "at": at.isoformat(), "note": note, "past": past}
        for what, at, note, past in moments
    ]
