"""`/admin/{slug}/exports`: whole datasets as files, as `largesse export` writes them."""

from collections.abc import Sequence
from typing import Any, Final

from litestar.handlers import HTTPRouteHandler

from largesse.domain import staff
from largesse.domain.exports import FileFormat
from largesse.domain.partners import list_partners
from largesse.domain.staff import Act, Audited
from largesse.interfaces.admin.deliveries.list_page import delivery_states
from largesse.interfaces.admin.front import Answer, Caller, StaffFront
from largesse.interfaces.admin.lists import file_answer
from largesse.interfaces.admin.office.wording import certificate_states, order_states
from largesse.interfaces.admin.rules import for_act
from largesse.kernel import free_text
from largesse.kernel.clock import day_of
from largesse.kernel.errors import InvalidInput
from largesse.outbox import list_endpoints
from largesse.services.exports import DatasetName, DateOf, ExportLayout, ExportRequest, export
from largesse.ui import Voice
from largesse.web.choices import ChoiceUnknown, chosen, said_beside
from largesse.web.forms import an_id

EXPORTS: Final = "/admin/{slug:str}/exports"
_BACK: Final = "/admin/{slug}/exports"
_TYPED_MAX: Final = 100
_MEDIA: Final = {
    FileFormat.CSV: "text/csv; charset=utf-8",
    FileFormat.JSONL: "application/jsonl; charset=utf-8",
    FileFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_FIELDS: Final = ("since", "until", "by", "status", "refcode", "partner", "endpoint", "layout", "format")


class ExportPages:
    """Answer with files of whole datasets."""

    def __init__(self, front: StaffFront) -> None:
        self._front = front
        self._deps = front.deps

    async def show(self, caller: Caller) -> Answer:
        """Return the form of the dataset that the address names; of orders where it names none."""
        wanted = caller.request.query_params.get("dataset", "")
        dataset = next((one for one in DatasetName if one.value == wanted), DatasetName.ORDERS)
        return await self._page(caller, dataset)

    async def take(self, caller: Caller) -> Answer:
        """Return a dataset as a file; the audit log names who took it before it is sent."""
        merchant, now = caller.merchant, self._deps.clock.now()
        assert merchant is not None
        dataset = DatasetName.ORDERS
        try:
            dataset = chosen(caller.fields, "dataset", DatasetName)
            request = await self._request(caller, dataset)

            async def write(sink: Any) -> int:
                return await export(self._deps, merchant, request, sink=sink)

            name = f"{dataset.value}-{day_of(now, in_zone=merchant.zone)}.{request.format.value}"
            file = await file_answer(write, name=name, media_type=_MEDIA[request.format])
            async with self._deps.database.transaction() as connection:
                await staff.record(
                    connection,
                    merchant.merchant_id,
                    Audited.LIST_EXPORTED,
                    subject=dataset.value,
                    actor=caller.manager.actor,
                    reason=None,
                    now=now,
                )
            return file
        except InvalidInput as wrong:
            voice = self._front.voice(caller)
            told = {
                "moment.invalid": voice.t("Choose a day."),
                "export.until.too_early": voice.t("Nothing lies between these days."),
            }
            return await self._page(caller, dataset, errors=said_beside(wrong, told, voice), status=422)

    async def _request(self, caller: Caller, dataset: DatasetName) -> ExportRequest:
        """Return what the form asks for.

        Raises:
            ChoiceUnknown: it asks for something that it does not offer.
        """
        assert caller.merchant is not None
        typed = {name: free_text.one_line(caller.fields.get(name, "")[:_TYPED_MAX]) for name in _FIELDS}
        endpoint = an_id(typed["endpoint"]) if typed["endpoint"] else None
        if typed["endpoint"] and endpoint is None:
            raise ChoiceUnknown("endpoint")
        if typed["partner"]:
            async with self._deps.database.connection() as connection:
                known = await list_partners(connection, caller.merchant.merchant_id)
            if typed["partner"] not in {str(one.partner_id) for one in known}:
                raise ChoiceUnknown("partner")
        return ExportRequest(
            dataset=dataset,
            format=chosen(typed, "format", FileFormat, usual=FileFormat.CSV),
            since=typed["since"] or None,
            until=typed["until"] or None,
            status=typed["status"] or None,
            refcode=typed["refcode"] or None,
            endpoint=endpoint,
            partner=typed["partner"] or None,
            layout=chosen(typed, "layout", ExportLayout, usual=ExportLayout.FULL),
            by=chosen(typed, "by", DateOf, usual=DateOf.ORDERED),
        )

    async def _page(
        self, caller: Caller, dataset: DatasetName, *, errors: dict[str, str] | None = None, status: int = 200
    ) -> Answer:
        merchant, voice = caller.merchant, self._front.voice(caller)
        assert merchant is not None
        here = _BACK.format(slug=merchant.slug)
        async with self._deps.database.connection() as connection:
            partners = await list_partners(connection, merchant.merchant_id)
            endpoints = await list_endpoints(connection, merchant.merchant_id)
        titles = _titles(voice)
        anything = ("", voice.t("in any state"))
        states = {
            DatasetName.ORDERS: [anything, *order_states(voice).items()],
            DatasetName.CERTIFICATES: [anything, *certificate_states(voice).items()],
            DatasetName.DELIVERIES: [anything, *delivery_states(voice).items()],
        }
        values = {
            "here": here,
            "dataset": dataset.value,
            "datasets": [(one.value, titles[one]) for one in DatasetName],
            "title": titles[dataset],
            "errors": errors or {},
            "typed": {name: caller.fields.get(name, "")[:_TYPED_MAX] for name in _FIELDS},
            "states": states.get(dataset, []),
            "of_orders": dataset is DatasetName.ORDERS,
            "partners": [("", voice.t("anybody")), *((str(one.partner_id), one.name) for one in partners)],
            "endpoints": [("", voice.t("none in particular")), *((str(one.endpoint_id), one.url) for one in endpoints)]
            if dataset in {DatasetName.ORDERS, DatasetName.DELIVERIES}
            else [],
            "dates": [
                (DateOf.ORDERED.value, voice.t("when they were placed")),
                (DateOf.ISSUED.value, voice.t("when they were issued")),
            ],
            "layouts": [
                (ExportLayout.FULL.value, voice.t("all columns")),
                (ExportLayout.POSTED.value, voice.t("the 26 columns of the order post")),
            ],
            "formats": [(one.value, one.value.upper()) for one in FileFormat],
        }
        return await self._front.page(caller, "exports.html", values, status=status, here=here)


def _titles(voice: Voice) -> dict[DatasetName, str]:
    return {
        DatasetName.ORDERS: voice.t("Orders"),
        DatasetName.CERTIFICATES: voice.t("Certificates"),
        DatasetName.JOURNAL: voice.t("Journal"),
        DatasetName.REDEMPTIONS: voice.t("Redemptions"),
        DatasetName.DELIVERIES: voice.t("Deliveries"),
    }


def export_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of exports."""
    pages = ExportPages(front)
    return [
        front.route("GET", EXPORTS, for_act(Act.EXPORT), pages.show),
        front.route("POST", f"{EXPORTS}/file", for_act(Act.PEOPLE_EXPORT, back=_BACK), pages.take),
    ]
