"""The counter: where people of a merchant sell and redeem, on a device of a location or with a sign-in of their own."""

from collections.abc import Sequence
from pathlib import Path

from litestar.types import ControllerRouterHandler

from largesse.interfaces.counter.approving import CounterApproval
from largesse.interfaces.counter.asked_pages import asked_routes
from largesse.interfaces.counter.bill_pages import BillPages, bill_routes
from largesse.interfaces.counter.cash_out_pages import cash_out_routes
from largesse.interfaces.counter.close_pages import close_routes
from largesse.interfaces.counter.dependencies import CounterDependencies
from largesse.interfaces.counter.enrol_pages import enrol_routes
from largesse.interfaces.counter.find_pages import find_routes
from largesse.interfaces.counter.front import CounterFront
from largesse.interfaces.counter.idle_page import IdlePage, idle_routes
from largesse.interfaces.counter.limits import TillLimits
from largesse.interfaces.counter.lock_pages import lock_routes
from largesse.interfaces.counter.move_pages import move_routes
from largesse.interfaces.counter.offline_pages import offline_routes
from largesse.interfaces.counter.picture_pages import picture_routes
from largesse.interfaces.counter.place_pages import place_routes
from largesse.interfaces.counter.receipt_pages import ReceiptPages, receipt_routes
from largesse.interfaces.counter.recent_pages import RecentPages, recent_routes
from largesse.interfaces.counter.sale_pages import sale_routes
from largesse.interfaces.counter.sold_pages import sold_routes
from largesse.interfaces.counter.tab_pages import tab_routes
from largesse.ui import Templates

FOLDER = Path(__file__).parent  # the interface's templates: templates/, locale/, static/


def routes(deps: CounterDependencies, templates: Templates, *, demo: bool = False) -> Sequence[ControllerRouterHandler]:
    """Return the routes of this interface; each says in its `opt` who may come."""
    front = CounterFront(deps, templates, demo=demo)
    idle, receipts, limits = IdlePage(front), ReceiptPages(front), TillLimits(deps)
    bills, approval = BillPages(front, idle), CounterApproval(front, limits)
    return [
        *idle_routes(front, idle),
        *place_routes(front),
        *enrol_routes(front, limits),
        *lock_routes(front, limits),
        *bill_routes(front, bills),
        *picture_routes(front, bills),
        *cash_out_routes(front, approval),
        *tab_routes(front, approval),
        *find_routes(front, approval),
        *recent_routes(front, RecentPages(front, receipts, approval)),
        *receipt_routes(front, receipts),
        *sale_routes(front, approval),
        *move_routes(front, approval),
        *sold_routes(front, approval),
        *asked_routes(front),
        *close_routes(front),
        *offline_routes(front),
    ]
