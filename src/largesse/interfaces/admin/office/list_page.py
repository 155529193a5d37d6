"""What each list of the office is: a page filtered by a sentence, sorted, turned by keys, and exported as it is shown.

A list says what it is made of (`OfficeList`); how it is asked, read, drawn and sent as a file is the same for all.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, ClassVar, Generic, TypeVar

from litestar.handlers import HTTPRouteHandler

from largesse.db.connection import Row
from largesse.db.dataset import Dataset
from largesse.db.listing import ListAsked, Listing
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act, may
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.lists import Blank, Head, csv_answer, posted_query, read_query, shown_list
from largesse.interfaces.admin.rules import for_act
from largesse.kernel.clock import day_of
from largesse.services.office import export_list, read_list
from largesse.ui import Voice

Beside = TypeVar("Beside")


class ListView:
    """Where and for whom a list is drawn: the merchant, the reader's voice, the address and the moment."""

    def __init__(self, merchant: Merchant, voice: Voice, here: str, now: datetime) -> None:
        self.merchant = merchant
        self.voice = voice
        self.here = here
        self.now = now

    def moment(self, instant: datetime) -> str:
        """Return an instant as the reader says it, in the merchant's time."""
        return self.voice.moment(instant, zone=self.merchant.zone, now=self.now)


class OfficeList(ABC, Generic[Beside]):
    """A list of the office at `/admin/{slug}/{name}`. `Beside` is what is read once for all rows of a page."""

    name: ClassVar[str]
    """Its place below the merchant's address; its file and template are named alike."""
    listing: ClassVar[Listing]
    read: ClassVar[Act]
    take: ClassVar[Act]
    """The act that exporting it is."""
    add: ClassVar[Act | None] = None
    """The act that makes a new one, where there is a page for that."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    @abstractmethod
    def sentence(self, voice: Voice) -> str:
        """Return the sentence that the blanks stand in, each in braces."""

    @abstractmethod
    def blanks(self, view: ListView) -> tuple[Blank, ...]:
        """Return the blanks of the sentence."""

    @abstractmethod
    def heads(self, voice: Voice) -> Sequence[Head]:
        """Return the columns."""

    @abstractmethod
    def said(self, voice: Voice, count: int) -> str:
        """Return how many rows the list has, in words."""

    @abstractmethod
    async def beside(self, merchant: Merchant, rows: Sequence[Row]) -> Beside:
        """Read what the rows of a page need beside themselves."""

    @abstractmethod
    def row(self, row: Row, view: ListView, beside: Beside) -> Mapping[str, object]:
        """Return what a row shows, by the keys of the columns."""

    @abstractmethod
    def dataset(self, merchant: Merchant, asked: ListAsked) -> Dataset:
        """Return what an export of the list holds."""

    async def above(self, view: ListView) -> Mapping[str, object]:  # noqa: ARG002 - most lists have nothing there
        """Return what else its template shows, above the list."""
        return {}

    async def show(self, caller: Caller) -> Answer:
        """Return a page of the list."""
        assert caller.authority is not None
        view = self._view(caller)
        query = read_query(caller.request, view.here, self.listing, self.blanks(view))
        listed = await read_list(self._deps, self.listing, view.merchant.merchant_id, query.asked)
        beside = await self.beside(view.merchant, listed.page.rows)
        shown = shown_list(
            query,
            listed.page,
            words=self.sentence(view.voice),
            heads=self.heads(view.voice),
            rows=[self.row(row, view, beside) for row in listed.page.rows],
            said=self.said(view.voice, listed.count),
        )
        export = f"{view.here}/export" if may(caller.authority.role, self.take) else ""
        values = {
            "list": shown,
            "export": export,
            "shop": f"/{view.merchant.slug}",
            "adds": self.add is not None and may(caller.authority.role, self.add),
            **await self.above(view),
        }
        return await self._front.page(caller, f"office/{self.name}.html", values)

    async def export(self, caller: Caller) -> Answer:
        """Return what the list shows as a file."""
        view = self._view(caller)
        query = posted_query(caller.fields, view.here, self.listing, self.blanks(view))
        dataset = self.dataset(view.merchant, query.asked)
        actor = caller.manager.actor

        async def write(sink: Any) -> int:
            return await export_list(self._deps, view.merchant, dataset, actor=actor, sink=sink, now=view.now)

        return await csv_answer(write, name=self.name, day=day_of(view.now, in_zone=view.merchant.zone))

    def routes(self) -> Sequence[HTTPRouteHandler]:
        """Return the routes of the list: its page and its file."""
        path, back = f"/admin/{{slug:str}}/{self.name}", f"/admin/{{slug}}/{self.name}"
        return [
            self._front.route("GET", path, for_act(self.read), self.show),
            self._front.route("POST", f"{path}/export", for_act(self.take, back=back), self.export),
        ]

    def _view(self, caller: Caller) -> ListView:
        assert caller.merchant is not None
        here = f"/admin/{caller.merchant.slug}/{self.name}"
        return ListView(caller.merchant, self._front.voice(caller), here, self._deps.clock.now())
