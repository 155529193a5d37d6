"""The pages that need no database, as an app: what the look is tested on."""

from collections import defaultdict
from pathlib import Path
from uuid import UUID

from litestar import Litestar, Response, get, post
from msgspec.structs import replace

from largesse.adapters.typeset.press import Press
from largesse.app import trouble
from largesse.domain.catalog import Design
from largesse.interfaces.storefront import FOLDER
from largesse.interfaces.storefront.given_view import GivenGift, ShownReceipt
from largesse.interfaces.storefront.redeem import PATH, PDF_PATH
from largesse.interfaces.storefront.statement import Moment
from largesse.interfaces.storefront.styleguide import styleguide_routes
from largesse.interfaces.storefront.view import View, drawing
from largesse.kernel.errors import Unavailable
from largesse.kernel.numbers import in_groups
from largesse.services.checkout import PlannedText
from largesse.services.gifts import THANKS_MAX, Dedication
from largesse.services.gifts.links import PATH as GIVEN_PATH
from largesse.ui import Brand, Imprint, Templates
from largesse.ui.codes import barcode_svg, qr_svg
from largesse.web.assets import ui_routes
from largesse.web.pages import page
from largesse.web.request import AnyRequest
from tests.builders.faces import NUMBER, REDEEM_URL, a_face

_templates = Templates(parts={"storefront": FOLDER, "guide": Path(__file__).parent})
_WORTH = View(
    merchant="Juniper & Stone",
    contact="hello@juniper.example",
    amount="$64.50",
    gratuity="$15.00",
    set_aside="$10.00",
    good_through="Monday, 22 November 2027",
    last_four="HB3C",
    how_to_use="Show this at the desk when you arrive. Please book a day ahead.",
    address=("12 Harbour Street", "Portsmouth NH 03801"),
    phone="+1 603-555-0100",
    website="https://juniper.example",
    number=in_groups(NUMBER),
    code=NUMBER,
    qr=drawing(qr_svg(REDEEM_URL)),
    barcode=drawing(barcode_svg(NUMBER)),
    story=(
        Moment(what="$25.50 plus $5.00 gratuity spent", when="yesterday at 14:20", at="2026-11-21T19:20:00+00:00"),
        Moment(what="Issued with $100.00 plus $20.00 gratuity", when="2 November at 09:05", at="2026-11-02T14:05:00Z"),
    ),
)
_IMPRINT = Imprint(
    name="Juniper & Stone Hospitality LLC",
    address=("12 Harbour Street", "Portsmouth, NH 03801"),
    country="US",
    phone="+1 603-555-0100",
    register="New Hampshire Secretary of State, business 123456",
    vat_id="DE136695976",
    tax_id="12-3456789",
)
_GIVEN = GivenGift(
    order_id=UUID(int=1),
    order_number="GL-7K2M9QXR4T",
    title="1 hr Massage for Ada",
    fate="The mail to ada.lovelace.of.ockham@exmaple.com was refused. Check the address.",
    state="Did not arrive",
    mood="bad",
    amount="$115.00",
    good_through="Monday, 22 November 2027",
    can_be_given=True,
    waits=False,
    was_sent=False,
    is_printed=False,
    typed_name="Ada",
    typed_email="ada at home",
    errors={"email": "That is not an e-mail address. Write it like name@example.com."},
)
_ENTRIES = [
    _GIVEN,
    replace(
        _GIVEN,
        order_id=UUID(int=2),
        order_number="GL-7K2M9QXR4U",
        title="Gift certificate for Linus",
        errors={},
        fate="Linus gets this on 24 December 2026 at 09:00, at linus@example.com.",
        state="Waiting for its day",
        mood="",
        waits=True,
    ),
    replace(
        _GIVEN,
        order_id=UUID(int=3),
        order_number="GL-7K2M9QXR4V",
        fate="This gift was taken back.",
        errors={},
        state="No longer usable",
        can_be_given=False,
    ),
]  # fmt: skip - one gift a line or two
_DEDICATION = Dedication(
    order_id=UUID(int=1),
    to="Ada Lovelace and all of the children",
    sender="Grace",
    message="Happy birthday, dear Ada! Take the whole afternoon.\nسلام",
    is_wrapped=True,
)
_PLANNED = {
    "path": GIVEN_PATH,
    "token": "t",
    "order": "1",
    "email_sure": "",
    "title": "1 hr Massage",
    "typed": PlannedText(
        name="Ada Lovelace",
        email="ada at home",
        to="Ada",
        sender="Grace",
        message="Happy birthday!",
        design="winter",
        day="2026-12-24",
        hour="9",
    ),
    "wrong": defaultdict(str, email="That is not an e-mail address. Write it like name@example.com."),
    "errors": [("email", "That is not an e-mail address. Write it like name@example.com.")],
    "designs": [{"value": one.value, "title": one.value, "image": "/given/picture"} for one in Design],
    "hours": [("9", "09:00"), ("10", "10:00")],
    "first_day": "2026-11-30",
    "last_day": "2027-11-30",
    "back": "/given/gifts",
}
_VIEWS = {
    "worth": _WORTH,
    "wrapped": replace(_WORTH, dedication=_DEDICATION, picture=""),
    "unwrapped": replace(_WORTH, dedication=replace(_DEDICATION, is_wrapped=False), picture="/redeem/certificate.svg"),
    "thanking": replace(_WORTH, dedication=replace(_DEDICATION, is_wrapped=False, can_thank=True)),
    "test": View(merchant=_WORTH.merchant, contact=_WORTH.contact, is_test=True),
    "spent": View(
        merchant=_WORTH.merchant, contact=_WORTH.contact, trouble="All of this gift certificate has been spent."
    ),
}
_RECEIPTS = [
    ShownReceipt(
        number="SR-000007",
        title="Receipt SR-000007",
        day="22 November 2026",
        amount="$290.00",
        corrects="",
        can_be_readdressed=True,
    ),
    ShownReceipt(
        number="SRC-000001",
        title="Correction of a receipt SRC-000001",
        day="24 November 2026",
        amount="−$50.00",
        corrects="SR-000007",
        can_be_readdressed=False,
    ),
]


@get("/redeem/{name:str}", sync_to_thread=False)
def redeem(request: AnyRequest) -> Response[str]:
    """Show the redeem page as it is in one of its states."""
    name = request.path_params["name"]
    if name == "certificate.svg":
        return Response(Press().preview_svg(a_face()).decode(), media_type="image/svg+xml")
    if name in _VIEWS:
        view = _VIEWS[name]
        return page(
            _templates,
            "storefront/worth.html",
            request,
            {
                "view": view,
                "path": PATH,
                "pdf": PDF_PATH,
                "example": "GL‑7K2M‑9QXR‑4T8W‑HB3C",
                "shop_slug": "",
                "calendar": "/c",
                "fresh": False,
                "thanks_max": THANKS_MAX,
                "thanks": "See evil.example",
                "thanks_error": "Leave out web sites, e-mail addresses and telephone numbers."
                if name == "thanking"
                else "",
                "thanked": False,
                "address": REDEEM_URL,
                "wallets": ("apple", "google") if name == "thanking" else (),
                "wallet": "/w",
            },
            brand=Brand(name=view.merchant, imprint=_IMPRINT),
        )
    if name == "wait":
        return page(_templates, "storefront/wait.html", request)
    if name.startswith("reminders-"):
        values = {"state": name.partition("-")[2], "merchant": _WORTH.merchant, "here": "/redeem/reminders-ended"}
        return page(_templates, "storefront/reminders.html", request, values, brand=Brand(name=_WORTH.merchant))
    wrong = name if name in {"unknown", "missing", "ended"} else ""
    return page(
        _templates,
        "storefront/ask.html",
        request,
        {"wrong": wrong, "path": PATH, "example": "GL‑7K2M‑9QXR‑4T8W‑HB3C", "shop_slug": ""},
    )


@get("/given/{name:str}", sync_to_thread=False)
def given(request: AnyRequest) -> Response[str]:
    """Show the page on which buyers look after their gifts."""
    name = request.path_params["name"]
    if name == "picture":
        return Response(Press().preview_svg(a_face()).decode(), media_type="image/svg+xml")
    if name == "change":
        return page(_templates, "storefront/planned.html", request, _PLANNED, brand=Brand(name=_WORTH.merchant))
    if name != "gifts":
        return page(_templates, "storefront/given_gone.html", request, {"why": name, "path": GIVEN_PATH})
    values = {
        "entries": _ENTRIES,
        "token": "t",
        "done": "sent",
        "problem": "often",
        "path": GIVEN_PATH,
        "pdf": "/p",
        "picture": "/given/picture",
        "change": "/given/change",
        "contact": _WORTH.contact,
        "withdraw": "/demo/withdraw",
        "receipts": _RECEIPTS,
        "receipt": "/given/receipt",
        "receipt_pdf": "/given/receipt.pdf",
    }
    return page(
        _templates, "storefront/given.html", request, values, brand=Brand(name=_WORTH.merchant, imprint=_IMPRINT)
    )


@get("/said/{name:str}", sync_to_thread=False)
def said(request: AnyRequest) -> Response[str]:
    """Show the pages of a shop that say no more than a sentence or two."""
    shops = [{"name": f"{_WORTH.merchant} {town}", "path": "/shop"} for town in ("Portsmouth", "Dover")]
    values = {"shop_path": "/shop", "shops": shops}
    return page(_templates, f"storefront/{request.path_params['name']}.html", request, values)


@get("/live", sync_to_thread=False)
def live(request: AnyRequest) -> Response[str]:
    """Show a form whose totals are live."""
    return page(_templates, "guide/live.html", request)


@post("/live/totals", status_code=200)
async def totals(request: AnyRequest) -> dict[str, str]:
    """Answer with totals."""
    amount = (await request.form())["amount"]
    icon = _templates.assets.url("ui/icon.svg")
    return {"total": f"${amount}.00 <b>", "design": f"{icon}?design={amount}"}


@get("/troubles/{name:str}", sync_to_thread=False)
def troubles(request: AnyRequest) -> None:
    """Fail: because too much is asked for, or for no reason that anybody knows."""
    raise Unavailable if request.path_params["name"] == "busy" else RuntimeError


app = Litestar(
    route_handlers=[
        redeem,
        given,
        said,
        live,
        totals,
        troubles,
        *ui_routes(_templates),
        *styleguide_routes(_templates),
    ],
    exception_handlers=trouble.handlers(_templates),
    openapi_config=None,
)
