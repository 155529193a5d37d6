"""`/admin/{slug}/audit`: who did what, when and why. It is only added to; nobody edits it."""

from collections.abc import Mapping, Sequence

from litestar.handlers import HTTPRouteHandler

from largesse.db.connection import Row
from largesse.db.dataset import Dataset
from largesse.db.listing import ListAsked
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, Audited
from largesse.interfaces.admin.front import StaffFront
from largesse.interfaces.admin.lists import Blank, Head, one_of, periods, within
from largesse.interfaces.admin.office.list_page import ListView, OfficeList
from largesse.interfaces.admin.office.telling import Teller
from largesse.interfaces.admin.wording import audit_sentence
from largesse.services.office import AUDIT, StoryNames, audit_to_export, names_in
from largesse.ui import Voice


class AuditPage(OfficeList[StoryNames]):
    """Who did what; beside its rows, the names of who did it."""

    name = "audit"
    listing = AUDIT
    read = Act.AUDIT_READ
    take = Act.PEOPLE_EXPORT

    def sentence(self, voice: Voice) -> str:
        """Return the sentence that the blanks stand in."""
        return voice.t("What was done: {action}, {when}")

    def blanks(self, view: ListView) -> tuple[Blank, ...]:
        """Return the blanks of the sentence."""
        voice = view.voice
        known = sorted(((one.value, audit_sentence(one.value, voice)) for one in Audited), key=lambda pair: pair[1])
        return (
            Blank(
                name="action",
                label=voice.t("What was done"),
                options=(("", voice.t("anything")), *known),
                asks=one_of("action"),
            ),
            Blank(
                name="when",
                label=voice.t("When"),
                options=periods(voice),
                asks=within("recorded_at", view.merchant, now=view.now),
            ),
        )

    def heads(self, voice: Voice) -> Sequence[Head]:
        """Return the columns."""
        return (
            Head(key="what", title=voice.t("What"), kind="lead"),
            Head(key="who", title=voice.t("Who")),
            Head(key="why", title=voice.t("Why")),
            Head(key="when", title=voice.t("When"), sorts=("newest", "oldest")),
        )

    def said(self, voice: Voice, count: int) -> str:
        """Return how many entries the log has, in words."""
        return voice.n("{count} entry", "{count} entries", count)

    async def beside(self, merchant: Merchant, rows: Sequence[Row]) -> StoryNames:
        """Read the names of who did what stands on a page."""
        return await names_in(self._deps, merchant, [row["actor"] for row in rows])

    def row(self, row: Row, view: ListView, beside: StoryNames) -> Mapping[str, object]:
        """Return what an entry says."""
        teller = Teller(view.voice, view.merchant, beside, now=view.now)
        return {
            "what": audit_sentence(row["action"], view.voice),
            "who": teller.who(row["actor"]),
            "why": row["reason"] or "",
            "when": view.moment(row["recorded_at"]),
        }

    def dataset(self, merchant: Merchant, asked: ListAsked) -> Dataset:
        """Return the entries of an export."""
        return audit_to_export(merchant, asked)


def audit_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of the audit log."""
    return AuditPage(front).routes()
