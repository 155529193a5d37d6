"""The pages that need no database, as an app: what the look is tested on."""

from asyncio import sleep
from pathlib import Path

from litestar import Litestar, Response, get, post

from largesse.doors.storefront import FOLDER
from largesse.doors.storefront.redeem import PATH
from largesse.doors.storefront.styleguide import styleguide_routes
from largesse.doors.storefront.view import View
from largesse.look import Brand, Look
from largesse.look.web import AnyRequest, look_routes, page

_look = Look(parts={"storefront": FOLDER, "guide": Path(__file__).parent})
_WORTH = View(
    merchant="Juniper & Stone",
    contact="hello@juniper.example",
    amount="$64.50",
    gratuity="$15.00",
    set_aside="$10.00",
    good_through="Monday, 22 November 2027",
    last_four="HB3C",
)
_VIEWS = {
    "worth": _WORTH,
    "test": View(merchant=_WORTH.merchant, contact=_WORTH.contact, is_test=True),
    "spent": View(merchant=_WORTH.merchant, contact=_WORTH.contact, trouble="All of it has been spent."),
}


@get("/redeem/{name:str}", sync_to_thread=False)
def redeem(request: AnyRequest) -> Response[str]:
    """Show the redeem page as it is in one of its states."""
    name = request.path_params["name"]
    if name in _VIEWS:
        view = _VIEWS[name]
        return page(
            _look, "storefront/worth.html", request, {"view": view, "path": PATH}, brand=Brand(name=view.merchant)
        )
    if name == "wait":
        return page(_look, "storefront/wait.html", request)
    return page(_look, "storefront/ask.html", request, {"unknown": name == "unknown", "path": PATH})


@get("/live", sync_to_thread=False)
def live(request: AnyRequest) -> Response[str]:
    """Show a form whose totals are live."""
    return page(_look, "guide/live.html", request)


@post("/live/totals", status_code=200)
async def totals(request: AnyRequest) -> dict[str, str]:
    """Answer with totals; the first choice slowly, so that its answer comes after that of a later one."""
    amount = (await request.form())["amount"]
    await sleep(0.6 if amount == "50" else 0)
    icon = _look.assets.url("look/icon.svg")
    return {"total": f"${amount}.00 <b>", "design": f"{icon}?design={amount}"}


app = Litestar(
    route_handlers=[redeem, live, totals, *look_routes(_look), *styleguide_routes(_look)], openapi_config=None
)
