"""`/admin/{slug}/orders`: what was bought, filtered by a sentence, sorted, and exported as it is shown."""

from collections.abc import Mapping, Sequence
from typing import ClassVar
from urllib.parse import quote
from uuid import UUID

from litestar.handlers import HTTPRouteHandler

from largesse.db.connection import Row
from largesse.db.dataset import Dataset
from largesse.db.listing import Condition, ListAsked
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Act
from largesse.interfaces.admin.front import StaffFront
from largesse.interfaces.admin.lists import Blank, Conditions, Head, one_of, periods, within
from largesse.interfaces.admin.office.list_page import ListView, OfficeList
from largesse.interfaces.admin.office.wording import badge_kind, channels, order_states
from largesse.kernel.amounts import read_amount
from largesse.kernel.currency import currency
from largesse.kernel.money import InvalidAmount, Money
from largesse.services.office import ORDERS, OrderBuyer, buyers_of, orders_to_export
from largesse.ui import Voice


class OrderList(OfficeList[Mapping[UUID, OrderBuyer]]):
    """What was bought; beside its rows, who paid."""

    name = "orders"
    listing = ORDERS
    read = Act.ORDERS_READ
    take = Act.PEOPLE_EXPORT
    add: ClassVar[Act | None] = Act.SELL_ON_BEHALF

    def sentence(self, voice: Voice) -> str:
        """Return the sentence that the blanks stand in."""
        return voice.t("Orders that are {status}, {channel}, placed {placed}, over {over}")

    def blanks(self, view: ListView) -> tuple[Blank, ...]:
        """Return the blanks of the sentence."""
        voice = view.voice
        return (
            Blank(
                name="status",
                label=voice.t("State"),
                options=(("", voice.t("in any state")), *order_states(voice).items()),
                asks=one_of("status"),
            ),
            Blank(
                name="channel",
                label=voice.t("Where they come from"),
                options=(("", voice.t("from anywhere")), *channels(voice).items()),
                asks=one_of("channel"),
            ),
            Blank(
                name="placed",
                label=voice.t("When they were placed"),
                options=periods(voice),
                asks=within("placed_at", view.merchant, now=view.now),
            ),
            Blank(
                name="over",
                label=voice.t("Amount"),
                hint=voice.t("any amount"),
                asks=_over("total", view.merchant, voice.language),
            ),
        )

    def heads(self, voice: Voice) -> Sequence[Head]:
        """Return the columns."""
        return (
            Head(key="number", title=voice.t("Order"), kind="lead"),
            Head(key="placed", title=voice.t("Placed"), sorts=("newest", "oldest")),
            Head(key="buyer", title=voice.t("From")),
            Head(key="recipient", title=voice.t("For")),
            Head(key="state", title=voice.t("State")),
            Head(key="total", title=voice.t("Total"), kind="money", sorts=("largest", "smallest")),
        )

    def said(self, voice: Voice, count: int) -> str:
        """Return how many orders the list has, in words."""
        return voice.n("{count} order", "{count} orders", count)

    async def beside(self, merchant: Merchant, rows: Sequence[Row]) -> Mapping[UUID, OrderBuyer]:
        """Read who paid for the orders of a page."""
        async with self._deps.database.connection() as connection:
            return await buyers_of(connection, merchant.merchant_id, [row["order_id"] for row in rows])

    def row(self, row: Row, view: ListView, beside: Mapping[UUID, OrderBuyer]) -> Mapping[str, object]:
        """Return what an order shows."""
        voice = view.voice
        recipient = " ".join(filter(None, [row["recipient_first_name"], row["recipient_last_name"]]))
        return {
            "number": {"text": row["order_number"], "href": f"{view.here}/{quote(row['order_number'], safe='')}"},
            "placed": view.moment(row["placed_at"]),
            "buyer": _from(beside.get(row["order_id"]), voice),
            "recipient": recipient,
            "state": {"badge": order_states(voice)[row["status"]], "kind": badge_kind(row["status"])},
            "total": voice.money(Money(row["total"], currency(row["currency"]))),
        }

    def dataset(self, merchant: Merchant, asked: ListAsked) -> Dataset:
        """Return the orders of an export."""
        return orders_to_export(merchant, asked)


def _from(paid: OrderBuyer | None, voice: Voice) -> str:
    """Return who paid, or at which counter it was sold to somebody who told no name."""
    if paid is None or paid.buyer or not paid.at_counter:
        return paid.buyer if paid is not None else ""
    return voice.t("at the counter, {location}", location=paid.place) if paid.place else voice.t("at the counter")


def _over(column: str, merchant: Merchant, language: str) -> Conditions:
    """Return how a blank asks for more than an amount in the merchant's currency; what is no amount asks nothing."""
    usual = currency(merchant.currency)

    def asks(text: str) -> list[Condition]:
        try:
            amount = read_amount(text, usual, language=language) if text else None
        except InvalidAmount:
            return []
        if amount is None:
            return []
        return [Condition(column, ">", amount.minor, "bigint"), Condition("currency", "=", usual.code, "text")]

    return asks


def order_list_routes(front: StaffFront) -> Sequence[HTTPRouteHandler]:
    """Return the routes of the list of orders."""
    return OrderList(front).routes()
