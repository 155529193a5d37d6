"""What is left to do after the first run, as Today shows it to owners: each with its link, ticked by what there is."""

from largesse.domain.merchants import Merchant
from largesse.domain.staff import Role
from largesse.interfaces.admin.front import Caller, StaffFront
from largesse.services.setup import checklist_of
from largesse.ui import Voice


async def checklist_shown(front: StaffFront, caller: Caller, merchant: Merchant) -> list[dict[str, object]]:
    """Return what is left, with what is done; nothing where all is, or to whom it is not for."""
    deps = front.deps
    if caller.authority is None or caller.authority.role is not Role.OWNER or caller.person is None:
        return []
    found = await checklist_of(
        deps, merchant, caller.person.person_id, connected="stripe" in deps.gateways, now=deps.clock.now()
    )
    if found.is_done:
        return []
    voice, home = front.voice(caller), f"/admin/{merchant.slug}"
    steps = (
        ("logo", found.logo, voice.t("Your logo and colour"), f"{home}/catalogue/look"),
        ("offering", found.offering, voice.t("Your first offering"), f"{home}/catalogue"),
        ("payment", found.payment, voice.t("A way to be paid"), f"{home}/settings/payments"),
        ("law", found.law, voice.t("The law that you go by"), f"{home}/settings/law"),
        ("mail", found.mail, voice.t("A mail that arrived"), f"{home}/settings/mail"),
        ("endpoint", found.endpoint, voice.t("A system that is told of orders"), f"{home}/deliveries"),
        ("owner", found.owner, voice.t("A second owner, or a second way to sign in"), f"{home}/people"),
        ("backup", found.backup, voice.t("A backup, not older than a week"), f"{home}/settings#backup"),
    )
    return [
        {"name": name, "done": done, "what": what, "href": href, "note": _note(name, voice)}
        for name, done, what, href in steps
    ]


def _note(name: str, voice: Voice) -> str:
    return {
        "logo": voice.t("Shop and certificates carry it."),
        "offering": voice.t("What customers can buy."),
        "payment": voice.t("By card on the web, or by hand: a sale at the counter or a transfer counts."),
        "law": voice.t("It warns of what your country does not allow."),
        "mail": voice.t("Gifts travel by mail: send yourself one."),
        "endpoint": voice.t("Where you have one; leave it if you do not."),
        "owner": voice.t("So that a lost telephone locks nobody out."),
        "backup": voice.t("The data folder and the keys, kept elsewhere."),
    }[name]
