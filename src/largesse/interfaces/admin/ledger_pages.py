"""`/admin/{slug}/reports/proofs` and `/unclaimed`: that the books are sound, what was sealed, what a state is owed."""

import asyncio
from collections.abc import Sequence
from typing import Any, Final

from litestar.handlers import HTTPRouteHandler

from largesse.domain.staff import Act, Audited, ByWhom, may
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.lists import file_answer
from largesse.interfaces.admin.rules import for_act
from largesse.ledger import Seal, SealNotFound, list_seals
from largesse.services import months, seals
from largesse.services.certificates import Unclaimed, unclaimed
from largesse.ui import Voice

REPORTS: Final = "/admin/{slug:str}/reports"
PROOFS: Final = f"{REPORTS}/proofs"
_BACK: Final = "/admin/{slug}/reports/proofs"
_SHOWN: Final = 400


class LedgerPages:
    """Answer whether the books are sound."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps
        self._proving = asyncio.Lock()

    async def show(self, caller: Caller) -> Answer:
        """Return the page of proof and seals."""
        return await self._page(caller)

    async def verify(self, caller: Caller) -> Answer:
        """Recompute every balance of the merchant from its journal, and say what differs; one after the other.

        It reads all of the ledger: asked for often, it must not keep the database from those who sell.
        """
        assert caller.merchant is not None
        async with self._proving:
            found = await months.ledger_differences(self._deps, caller.merchant)
        voice = self._front.voice(caller)
        told = [months.difference_words(one.told, one.finding, voice) for one in found]
        return await self._page(caller, checked=True, differences=told)

    async def seal_file(self, caller: Caller) -> Answer:
        """Return a seal and all rows that it covers, as lines of JSON; the audit log says who took it."""
        merchant = caller.merchant
        assert merchant is not None
        text = caller.fields.get("number", "")
        if not (text.isascii() and text.isdigit() and len(text) < 9):
            return await self._page(caller, status=422)

        async def write(sink: Any) -> None:
            await seals.export_sealed(self._deps, merchant.merchant_id, int(text), write=sink)

        try:
            name = f"seal-{int(text)}"
            file = await file_answer(write, name=f"{name}.jsonl", media_type="application/jsonl", waits=False)
        except SealNotFound:
            return await self._page(caller, status=409)
        by = ByWhom(actor=caller.manager.actor)
        async with self._deps.database.transaction() as connection:
            await by.record(
                connection, merchant.merchant_id, Audited.LIST_EXPORTED, subject=name, now=self._deps.clock.now()
            )
        return file

    async def unclaimed(self, caller: Caller) -> Answer:
        """Return what the state is owed of certificates, as the law profile says."""
        merchant, voice = caller.merchant, self._front.voice(caller)
        assert merchant is not None
        home = f"/admin/{merchant.slug}"
        found = await unclaimed(self._deps, merchant, now=self._deps.clock.now())
        values = {
            "known": found is not None,
            "law": f"{home}/settings/law",
            "columns": [
                {"key": "certificate", "title": voice.t("Certificate"), "kind": "lead"},
                {"key": "issued", "title": voice.t("Issued")},
                {"key": "used", "title": voice.t("Last used")},
                {"key": "last_day", "title": voice.t("The holder’s through")},
                {"key": "share", "title": voice.t("Share owed")},
                {"key": "left", "title": voice.t("Left"), "kind": "money"},
            ],
            "rows": [_unclaimed_row(one, home, voice) for one in (found or ())[:_SHOWN]],
            "others": max(len(found or ()) - _SHOWN, 0),
            "trail": [(voice.t("Reports"), f"{home}/reports"), (voice.t("Unclaimed property"), "")],
        }
        return await self._front.page(caller, "unclaimed.html", values)

    async def _page(
        self, caller: Caller, *, checked: bool = False, differences: Sequence[str] = (), status: int = 200
    ) -> Answer:
        merchant, authority = caller.merchant, caller.authority
        assert merchant is not None
        assert authority is not None
        voice, here = self._front.voice(caller), _BACK.format(slug=merchant.slug)
        async with self._deps.database.connection() as connection:
            made = await list_seals(connection, merchant.merchant_id)
        values = {
            "here": here,
            "checked": checked,
            "differences": list(differences),
            "takes": may(authority.role, Act.EXPORT),
            "seals": [self._seal(caller, one, voice) for one in reversed(made[-_SHOWN:])],
            "trail": [(voice.t("Reports"), f"/admin/{merchant.slug}/reports"), (voice.t("Proof and seals"), "")],
        }
        return await self._front.page(caller, "proofs.html", values, status=status, here=here)

    def _seal(self, caller: Caller, one: Seal, voice: Voice) -> dict[str, str]:
        assert caller.merchant is not None
        return {
            "number": str(one.number),
            "when": voice.moment(one.cut, zone=caller.merchant.zone, now=self._deps.clock.now()),
            "rows": voice.n("{count} row", "{count} rows", one.row_count),
            "hash": one.hash.hex(),
        }


def _unclaimed_row(one: Unclaimed, home: str, voice: Voice) -> dict[str, object]:
    name = one.order_number or str(one.certificate_id)[-8:]
    return {
        "certificate": {"text": name, "href": f"{home}/certificates/{one.certificate_id}"},
        "issued": voice.day(one.issued_on),
        "used": voice.day(one.active_on),
        "last_day": voice.day(one.dormancy.last_day),
        "share": f"{one.dormancy.share_percent} % ({one.dormancy.held.profile})",
        "left": voice.money(one.left),
    }


def ledger_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of proofs, seals and unclaimed property."""
    pages = LedgerPages(front)
    return [
        front.route("GET", PROOFS, for_act(Act.REPORTS_READ), pages.show),
        front.route("POST", f"{PROOFS}/verify", for_act(Act.REPORTS_READ), pages.verify),
        front.route("POST", f"{PROOFS}/seal", for_act(Act.EXPORT, back=_BACK), pages.seal_file),
        front.route("GET", f"{REPORTS}/unclaimed", for_act(Act.REPORTS_READ), pages.unclaimed),
    ]
