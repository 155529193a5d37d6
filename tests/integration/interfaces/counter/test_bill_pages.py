"""A bill at the counter over HTTP: looked up, taken, set aside, undone, paid out; and never twice."""

import asyncio
import io
from base64 import urlsafe_b64encode
from collections.abc import AsyncIterator
from typing import Any, NamedTuple
from uuid import UUID

import httpx
import pytest
import zxingcpp
from litestar import Litestar
from PIL import Image

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import certificates, imports
from largesse.domain.certificates import NumberRole
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Role
from largesse.kernel.ids import new_id
from largesse.kernel.numbers import make_number
from largesse.ledger import EntryMode, Kind
from largesse.services.certificates import block
from largesse.services.merchants import choose_law
from tests.builders.application import NOW, an_application
from tests.builders.certificates import Card, a_card, a_merchant, a_request, keep_numbers
from tests.builders.staff import Worker, a_worker, signed_in
from tests.builders.tills import PIN, a_pin
from tests.fakes.clock import StillClock
from tests.support.office import comes_with, forms_of, office_app, texts, visiting

COUNTER = "/counter/corner-spa"
BILL = f"{COUNTER}/bill"


class Till(NamedTuple):
    """A counter with a clerk at it, and their browser."""

    application: Application
    app: Litestar
    merchant: Merchant
    clerk: Worker
    client: httpx.AsyncClient


@pytest.fixture
async def till(database: Database) -> AsyncIterator[Till]:
    async with an_application(database, clock=StillClock(NOW)) as application:
        merchant = await a_merchant(database)
        clerk = await a_worker(application, merchant, email="bob@bakery.example", name="Bob", role=Role.CLERK)
        app = office_app(application)
        async with visiting(app) as client:
            comes_with(client, await signed_in(application, clerk))
            yield Till(application, app, merchant, clerk, client)


async def looked_up(till: Till, *numbers: str, came: str = "typed") -> httpx.Response:
    """Type numbers one after another, as a clerk does."""
    form = forms_of(await till.client.get(COUNTER))[BILL]
    answer = await till.client.post(BILL, data={**form, "number": numbers[0], "came": came})
    for number in numbers[1:]:
        answer = await till.client.post(BILL, data={**forms_of(answer)[BILL], "number": number, "came": came})
    return answer


async def press(till: Till, page: httpx.Response, where: str, **typed: str) -> httpx.Response:
    """Press a button of the bill's form that leads elsewhere."""
    return await till.client.post(f"{BILL}{where}", data={**forms_of(page)[BILL], **typed})


async def rows_of(till: Till, card: Card, kind: Kind) -> list[Any]:
    """The journal rows of a certificate that are of one kind."""
    async with till.application.database.connection() as connection:
        rows = await till.application.ledger.statement(connection, till.merchant.merchant_id, card.place.certificate_id)
    return [row for row in rows if row.kind is kind]


async def test_a_certificate_is_answered_green_and_taken_whole_with_one_tap(till: Till) -> None:
    card = await a_card(till.application, till.merchant, value=8_000, gratuity=1_500)
    page = await looked_up(till, card.number.lower(), came="scanned")
    assert page.status_code == 200
    assert texts(page, "//section[@class='answer good']//h1") == ["$80.00 available"]
    assert "$15.00" in page.text
    assert card.number not in page.text
    done = await press(till, page, "/redeem", take="all")
    receipt = await till.client.get(done.headers["location"])
    assert "Gift certificate redeemed" in receipt.text
    assert f"…{card.number[-4:]}" in receipt.text
    assert "Served by Bob" in receipt.text
    assert await card.left(till.application) == (0, 1_500)
    [row] = await rows_of(till, card, Kind.REDEEM)
    assert (row.actor, row.entry_mode) == (f"person:{till.clerk.person.person_id}", EntryMode.SCANNED)


async def test_gratuity_is_taken_by_its_own_switch(till: Till) -> None:
    card = await a_card(till.application, till.merchant, value=8_000, gratuity=1_500)
    page = await press(till, await looked_up(till, card.number), "", gratuity="yes")
    assert "Take all: $95.00" in page.text
    await press(till, page, "/redeem", take="all", gratuity="yes")
    assert await card.left(till.application) == (0, 0)


async def test_a_bill_says_what_is_paid_and_what_remains(till: Till) -> None:
    card = await a_card(till.application, till.merchant, value=8_000)
    page = await press(till, await looked_up(till, card.number), "", total="100")
    assert "It pays $80.00." in page.text
    assert "$20.00 remains to be paid otherwise." in page.text
    done = await press(till, page, "/redeem", take="all", total="100")
    assert done.status_code == 303
    assert await card.left(till.application) == (0, 0)


async def test_an_amount_above_what_is_left_is_not_taken_and_what_is_left_is_offered(till: Till) -> None:
    card = await a_card(till.application, till.merchant, value=8_000)
    refused = await press(till, await looked_up(till, card.number), "/redeem", take="total", total="80.01")
    assert refused.status_code == 409
    assert "Only $80.00 is left." in refused.text
    assert "Take $80.00" in refused.text
    assert 'value="80.01"' in refused.text
    assert await card.left(till.application) == (8_000, 0)


@pytest.mark.parametrize("total, says", [("", "Type what the bill comes to."), ("x", "such as"), ("0", "above zero")])
async def test_an_amount_that_is_none_is_told_beside_its_field(till: Till, total: str, says: str) -> None:
    card = await a_card(till.application, till.merchant)
    refused = await press(till, await looked_up(till, card.number), "/redeem", take="total", total=total)
    assert refused.status_code == 422
    assert says in " ".join(texts(refused, "//*[@id='error-total']"))
    assert await card.left(till.application) == (10_000, 0)


async def test_double_tap_back_and_reload_lead_to_the_same_receipt(till: Till) -> None:
    card = await a_card(till.application, till.merchant)
    page = await looked_up(till, card.number)
    answers = await asyncio.gather(*(press(till, page, "/redeem", take="total", total="30") for _ in range(4)))
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
    again = await press(till, page, "/redeem", take="total", total="30", reference="later")
    assert again.headers["location"] == answers[0].headers["location"]
    assert await card.left(till.application) == (7_000, 0)


async def test_what_changed_since_it_was_shown_is_not_taken_unseen(till: Till) -> None:
    card = await a_card(till.application, till.merchant)
    first, second = await looked_up(till, card.number), await looked_up(till, card.number)
    await press(till, first, "/redeem", take="total", total="30")
    refused = await press(till, second, "/redeem", take="all")
    assert refused.status_code == 409
    assert "changed meanwhile" in refused.text
    assert (await press(till, refused, "/redeem", take="all")).status_code == 303
    assert await card.left(till.application) == (0, 0)


async def test_eight_tills_on_one_certificate_never_overdraw_it(till: Till) -> None:
    card = await a_card(till.application, till.merchant, value=10_000)
    pages = [await looked_up(till, card.number) for _ in range(8)]
    answers = await asyncio.gather(*(press(till, page, "/redeem", take="total", total="30") for page in pages))
    taken = sum(answer.status_code == 303 for answer in answers)
    assert taken == 3
    assert await card.left(till.application) == (1_000, 0)
    refused = next(answer for answer in answers if answer.status_code == 409)
    assert "left" in refused.text


async def test_three_certificates_pay_one_bill_and_are_undone_together(till: Till) -> None:
    cards = [await a_card(till.application, till.merchant, value=value) for value in (3_000, 2_000, 5_000)]
    page = await looked_up(till, *(card.number for card in cards))
    assert len(texts(page, "//ul[@class='bill-lines']/li")) == 3
    page = await press(till, page, "", total="60")
    pays = texts(page, "//span[@class='bill-pays']/b")
    assert pays == ["$20.00", "$30.00", "$10.00"]
    done = await press(till, page, "/redeem", take="total", total="60")
    receipt = await till.client.get(done.headers["location"])
    assert "In all" in receipt.text
    assert [await card.left(till.application) for card in cards] == [(0, 0), (0, 0), (4_000, 0)]
    form = forms_of(receipt)[f"{COUNTER}/undo"]
    missing = await till.client.post(f"{COUNTER}/undo", data={**form, "reason": " "})
    assert missing.status_code == 422
    undone = await till.client.post(f"{COUNTER}/undo", data={**form, "reason": "Wrong table"})
    again = await till.client.post(f"{COUNTER}/undo", data={**form, "reason": "Wrong table"})
    assert undone.headers["location"] == again.headers["location"]
    assert [await card.left(till.application) for card in cards] == [(3_000, 0), (2_000, 0), (5_000, 0)]
    assert "UNDONE" in (await till.client.get(done.headers["location"])).text


async def test_the_same_certificate_twice_is_told_and_a_line_is_taken_off(till: Till) -> None:
    one, other = [await a_card(till.application, till.merchant) for _ in range(2)]
    page = await looked_up(till, one.number, other.number, one.number)
    assert "is on this bill already" in page.text
    assert len(texts(page, "//ul[@class='bill-lines']/li")) == 2
    page = await press(till, page, "", drop="1")
    assert f"…{other.number[-4:]}" in page.text
    assert f"…{one.number[-4:]}" not in page.text


async def test_one_that_is_refused_is_named_and_the_bill_goes_on_without_it(till: Till) -> None:
    good, bad = [await a_card(till.application, till.merchant) for _ in range(2)]
    await block(till.application, bad.place, request=a_request(), now=NOW)
    page = await press(till, await looked_up(till, good.number), "", total="42", reference="Table 7")
    page = await press(till, page, "", number=bad.number)
    assert f"…{bad.number[-4:]} cannot be taken: Blocked" in page.text
    assert "Take all" not in page.text
    photo = {**forms_of(page)[f"{COUNTER}/photo"]}
    photo.pop("photo", None)
    unread = await till.client.post(f"{COUNTER}/photo", data=photo, files={"photo": ("card.jpg", a_picture(None))})
    assert f"…{good.number[-4:]}" in unread.text
    page = await press(till, page, "", drop="2")
    assert (forms_of(page)[BILL]["total"], forms_of(page)[BILL]["reference"]) == ("42", "Table 7")
    page = await press(till, page, "", total="")
    assert (await press(till, page, "/redeem", take="all")).status_code == 303


async def test_a_bill_of_which_one_is_spent_meanwhile_takes_nothing_and_names_it(till: Till) -> None:
    cards = [await a_card(till.application, till.merchant, value=3_000) for _ in range(2)]
    page = await press(till, await looked_up(till, *(card.number for card in cards)), "", total="60")
    other = await looked_up(till, cards[1].number)
    await press(till, other, "/redeem", take="total", total="1")
    refused = await press(till, page, "/redeem", take="total", total="60")
    assert refused.status_code == 409
    assert await cards[0].left(till.application) == (3_000, 0)


@pytest.mark.parametrize(
    "text, status, says",
    [
        ("", 422, "Scan a certificate"),
        ("GL7K2M", 404, "symbols are missing"),
        ("GL00000000000000ZZ", 422, "A symbol is wrong"),
        ("XY-1234", 404, "not known here"),
        ("x" * 3000, 422, "too long"),
    ],
)
async def test_a_wrong_number_is_told_and_what_was_typed_is_kept(till: Till, text: str, status: int, says: str) -> None:
    form = forms_of(await till.client.get(COUNTER))[BILL]
    answer = await till.client.post(BILL, data={**form, "number": text})
    assert answer.status_code == status
    assert says in " ".join(texts(answer, "//*[@id='error-number']"))
    assert not text or f'value="{text[:10]}' in answer.text


async def test_a_certificate_of_another_merchant_is_not_known_here(till: Till, database: Database) -> None:
    other = await a_merchant(database, slug="tailor", prefix="TL", number="1002")
    theirs = await a_card(till.application, other)
    assert "not known here" in (await looked_up(till, theirs.number)).text


async def took_over(till: Till, number: str) -> None:
    """Keep a certificate that an import brought, with its old number."""
    card, merchant_id = await a_card(till.application, till.merchant), till.merchant.merchant_id
    keys = till.application.keyring
    row = certificates.seal_number(keys, merchant_id, card.place.certificate_id, number, role=NumberRole.ALIAS)
    async with till.application.database.transaction() as connection:
        await keep_numbers(connection, [row])
        await imports.insert_certificates(connection, merchant_id, new_id(NOW), [(1, card.place.certificate_id)])


@pytest.mark.parametrize("long", ["OLD/2019 #7", "x" * 40 + "-" + "o" * 160 + "é"])
async def test_a_number_that_was_taken_over_is_found_as_it_is_written_and_folded(till: Till, long: str) -> None:
    await took_over(till, long)
    for written in (long, long.lower(), f"  {long} "):
        assert texts(await looked_up(till, written), "//section[@class='answer good']//h1") == ["$100.00 available"]


async def test_the_check_symbol_refuses_nothing_that_was_taken_over_and_looks_like_ours(till: Till) -> None:
    number = make_number(till.merchant.prefix)
    wrong = number[:-1] + ("0" if number[-1] != "0" else "2")
    assert (await looked_up(till, wrong)).status_code == 422
    await took_over(till, wrong)
    assert texts(await looked_up(till, wrong), "//section[@class='answer good']//h1") == ["$100.00 available"]
    other = number[:-1] + next(one for one in "3456" if one not in {number[-1], wrong[-1]})
    unknown = await looked_up(till, other)
    assert (unknown.status_code, "A symbol is wrong" in unknown.text) == (404, True)


async def test_wrong_numbers_are_slowed_down_for_who_types_them_alone(till: Till) -> None:
    for _ in range(30):
        assert (await looked_up(till, "XY-1234")).status_code == 404
    slowed = await looked_up(till, "XY-1234")
    assert slowed.status_code == 429
    assert int(slowed.headers["retry-after"]) > 0
    card = await a_card(till.application, till.merchant)
    ada = await a_worker(till.application, till.merchant, email="ada@bakery.example", name="Ada")
    async with visiting(till.app) as client:
        comes_with(client, await signed_in(till.application, ada))
        assert (await looked_up(till._replace(client=client), card.number)).status_code == 200


async def test_a_slip_of_somebody_else_counts_for_nobody(till: Till) -> None:
    card = await a_card(till.application, till.merchant)
    theirs = forms_of(await looked_up(till, card.number))[BILL]["slip1"]
    ada = await a_worker(till.application, till.merchant, email="ada@bakery.example", name="Ada")
    async with visiting(till.app) as client:
        comes_with(client, await signed_in(till.application, ada))
        form = forms_of(await client.get(COUNTER))[BILL]
        answer = await client.post(
            f"{BILL}/redeem", data={**form, "slip1": theirs, "take": "all", "shown": "10000+0USD"}
        )
        assert answer.status_code != 303
    assert await card.left(till.application) == (10_000, 0)


async def test_a_tab_is_opened_found_again_and_closed_by_a_colleague(till: Till) -> None:
    card = await a_card(till.application, till.merchant)
    page = await looked_up(till, card.number)
    assert "Name the table" in (await press(till, page, "/hold", total="60")).text
    opened = await press(till, page, "/hold", total="60", reference="Table 7")
    assert "Set aside for a tab" in (await till.client.get(opened.headers["location"])).text
    ada = await a_worker(till.application, till.merchant, email="ada@bakery.example", name="Ada", role=Role.CLERK)
    async with visiting(till.app) as client:
        comes_with(client, await signed_in(till.application, ada))
        tabs = await client.get(f"{COUNTER}/tabs")
        assert texts(tabs, "//ul[@class='till-list']//span[@class='till-list-what']/b") == ["Table 7"]
        href = texts(tabs, "//ul[@class='till-list']//a/@href")[0]
        form = forms_of(await client.get(href))[href]
        released = await client.post(href, data={**form, "act": "release"})
        assert released.status_code == 422
        assert "The tab Table 7 is released: $60.00 is free again" in released.text
        wrong = await client.post(href, data={**form, "act": "capture", "amount": "a lot"})
        assert wrong.status_code == 422
        added = await client.post(href, data={**form, "act": "add", "amount": "20"})
        href = texts(await client.get(f"{COUNTER}/tabs"), "//ul[@class='till-list']//a/@href")[0]
        assert "$80.00" in (await client.get(href)).text
        form = forms_of(await client.get(href))[href]
        captured = await client.post(href, data={**form, "act": "capture", "amount": "75.50"})
        again = await client.post(href, data={**form, "act": "capture", "amount": "75.50"})
        assert (added.status_code, captured.status_code) == (303, 303)
        assert captured.headers["location"] == again.headers["location"]
        assert "$75.50" in (await client.get(captured.headers["location"])).text
        assert "No tab is open" in (await client.get(f"{COUNTER}/tabs")).text
    assert await card.left(till.application) == (2_450, 0)


async def test_recent_lists_what_was_done_and_leads_to_its_receipt(till: Till) -> None:
    card = await a_card(till.application, till.merchant)
    assert "Nothing yet" in (await till.client.get(f"{COUNTER}/recent")).text
    done = await press(
        till, await looked_up(till, card.number), "/redeem", take="total", total="12", reference="Bill 4"
    )
    recent = await till.client.get(f"{COUNTER}/recent")
    assert "Bill 4" in recent.text
    assert "can be undone until" in recent.text
    assert texts(recent, "//ul[@class='till-list']//a/@href") == [done.headers["location"]]


async def test_a_receipt_is_printed_on_rolls_and_nobody_elses_is_known(till: Till) -> None:
    card = await a_card(till.application, till.merchant)
    done = await press(till, await looked_up(till, card.number), "/redeem", take="all")
    path = done.headers["location"]
    for roll in ("58", "80"):
        paper = await till.client.get(f"{path}/{roll}.pdf")
        assert paper.headers["content-type"] == "application/pdf"
        assert paper.content.startswith(b"%PDF")
        assert f"receipt-{roll}" in (await till.client.get(f"{path}?roll={roll}")).text
    for nothing in (f"{path}/90.pdf", f"{COUNTER}/receipts/{UUID(int=7)}", f"{COUNTER}/receipts/x"):
        assert (await till.client.get(nothing)).status_code == 404


def a_picture(text: str | None, kind: str = "JPEG") -> bytes:
    ground = Image.new("L", (640, 480), 230)
    if text:
        code: Any = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode).to_image(scale=6)
        ground.paste(Image.fromarray(code).convert("L"), (150, 100))
    written = io.BytesIO()
    ground.save(written, kind, quality=60)
    return written.getvalue()


async def test_a_photograph_is_read_without_scripts(till: Till) -> None:
    card = await a_card(till.application, till.merchant)
    form = forms_of(await till.client.get(COUNTER))[f"{COUNTER}/photo"]
    form.pop("photo", None)
    address = f"https://gifts.example.com/gifts/redeem.html?code={card.number}"
    for content, says in (
        (a_picture(address), "available"),
        (a_picture(None), "hold the phone right above it"),
        (b"GIF89a no picture", "no photograph that can be read"),
    ):
        answer = await till.client.post(f"{COUNTER}/photo", data=form, files={"photo": ("card.jpg", content)})
        assert says in answer.text
    assert (
        await till.client.post(f"{COUNTER}/photo", data=form, files={"photo": ("big.jpg", b"\xff" * 9_000_000)})
    ).status_code == 413


async def test_a_frame_of_a_camera_is_read_by_the_server(till: Till) -> None:
    card = await a_card(till.application, till.merchant)
    form = forms_of(await till.client.get(COUNTER))[BILL]
    for content, status, seen in (
        (a_picture(card.number), 200, card.number),
        (a_picture(None), 200, ""),
        (b"no picture", 422, ""),
    ):
        frame = urlsafe_b64encode(content).decode()
        answer = await till.client.post(f"{COUNTER}/frame", data={**form, "frame": frame})
        assert (answer.status_code, answer.json()) == (status, {"text": seen})
        assert answer.headers["cache-control"] == "no-store"


async def test_the_rest_is_paid_out_by_a_manager_where_the_law_profile_says_so(till: Till, database: Database) -> None:
    async with database.transaction() as connection:
        await choose_law(connection, till.merchant, "US-CA", actor="cli:ada", now=NOW)
    card = await a_card(till.application, till.merchant, value=900)
    manager = await a_worker(till.application, till.merchant, email="may@bakery.example", name="May", role=Role.MANAGER)
    async with visiting(till.app) as client:
        comes_with(client, await signed_in(till.application, manager))
        for who, status in ((till.client, 422), (client, 303)):
            page = await looked_up(till._replace(client=who), card.number)
            asked = await who.post(f"{COUNTER}/cash-out", data=forms_of(page)[f"{COUNTER}/cash-out"])
            assert "$9.00" in asked.text
            form = forms_of(asked).get(f"{COUNTER}/cash-out/pay") or forms_of(page)[f"{COUNTER}/cash-out"]
            assert (await who.post(f"{COUNTER}/cash-out/pay", data=form)).status_code == status
    assert await card.left(till.application) == (0, 0)
    [row] = await rows_of(till, card, Kind.CASH_OUT)
    assert row.location_id is not None


async def test_a_late_undo_takes_the_pin_of_a_second_person(till: Till) -> None:
    owner = await a_worker(till.application, till.merchant)
    await a_pin(till.application, owner, PIN)
    card = await a_card(till.application, till.merchant)
    done = await press(till, await looked_up(till, card.number), "/redeem", take="total", total="30")
    other = await a_worker(till.application, till.merchant, email="zoe@bakery.example", name="Zoe", role=Role.CLERK)
    async with visiting(till.app) as client:
        comes_with(client, await signed_in(till.application, other))
        receipt = await client.get(done.headers["location"])
        assert "Somebody who may approve types a PIN for this." in receipt.text
        form = forms_of(receipt)[f"{COUNTER}/undo"]
        page = await client.post(f"{COUNTER}/undo", data={**form, "reason": "Wrong guest"})
        assert page.status_code == 422
        assert "$30.00 is put back" in page.text
        form = forms_of(page)[f"{COUNTER}/undo"]
        typed = {"approver": str(owner.membership.membership_id), "approver_pin": PIN}
        undone = await client.post(f"{COUNTER}/undo", data={**form, **typed})
        assert undone.status_code == 303
    assert await card.left(till.application) == (10_000, 0)
