"""The places of the office that a person may go to."""

from typing import TypedDict

from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, Authority, may
from largesse.ui import Voice
from largesse.web.request import AnyRequest


class Section(TypedDict):
    """One place of the rail."""

    name: str
    href: str
    icon: str
    here: bool


def sections_of(
    voice: Voice, request: AnyRequest, merchant: Merchant | None, authority: Authority | None
) -> list[Section]:
    """Return the places that stand in the rail: those of the merchant that the role allows, and the person's own."""
    path = str(request.scope["path"])
    found = list[tuple[str, str, str]]()
    if merchant is not None and authority is not None:
        home = f"/admin/{merchant.slug}"
        if may(authority.role, Act.OFFICE):
            found.append((voice.t("Today"), home, "chart"))
        if may(authority.role, Act.STAFF_READ):
            found.append((voice.t("People"), f"{home}/people", "people"))
    found.append((voice.t("My sign-in"), "/staff", "settings"))
    return [Section(name=name, href=href, icon=icon, here=href == path) for name, href, icon in found]
