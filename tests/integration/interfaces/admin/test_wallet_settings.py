"""The keys of wallets in the office: looked at before they are kept, and never shown again."""

from collections.abc import AsyncIterator

import httpx
import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain import staff, wallets
from largesse.domain.merchants import Merchant
from largesse.domain.staff import Audited, Role
from largesse.domain.wallets import Wallet
from largesse.web.csrf import FIELD
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.office import at_the_desk
from tests.builders.wallets import EMAIL, ISSUER, PASS_TYPE, TEAM, apple_papers, google_account
from tests.fakes.clock import StillClock
from tests.support.office import forms_of, texts

WALLETS = "/admin/corner-spa/settings/wallets"


@pytest.fixture
async def application(database: Database) -> AsyncIterator[Application]:
    async with an_application(database, clock=StillClock(NOW)) as opened:
        yield opened


@pytest.fixture
async def merchant(application: Application) -> Merchant:
    return await a_merchant(application.database)


@pytest.fixture
async def desk(application: Application, merchant: Merchant) -> AsyncIterator[httpx.AsyncClient]:
    async with at_the_desk(application, merchant) as client:
        yield client


async def gives(desk: httpx.AsyncClient, **typed: str) -> httpx.Response:
    """Fill in a form of the page."""
    token = forms_of(await desk.get(WALLETS))[WALLETS][FIELD]
    return await desk.post(WALLETS, data={FIELD: token, **typed})


def known_on(page: httpx.Response) -> list[str]:
    """What is told of keys."""
    return texts(page, "//dl[@class='facts']//dd")


async def test_keys_are_given_named_and_deleted_and_nothing_secret_is_seen_again(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant
) -> None:
    assert known_on(await desk.get(WALLETS)) == []
    papers, account = apple_papers(), google_account()
    for typed in (
        {"wallet": "apple", "bundle": papers.bundle.replace("\n", "\r\n")},
        {"wallet": "google", "issuer": f" {ISSUER} ", "account": account},
    ):
        done = await gives(desk, **typed)
        assert done.headers["location"] == f"{WALLETS}?done=kept"
    page = await desk.get(f"{WALLETS}?done=kept")
    assert "The keys are kept, and passes are offered." in page.text
    assert known_on(page) == [PASS_TYPE, TEAM, "Monday, 22 November 2027", ISSUER, EMAIL]
    assert "PRIVATE" not in page.text
    assert papers.key.splitlines()[3] not in page.text
    gone = await gives(desk, wallet="apple", remove="yes")
    assert gone.headers["location"] == f"{WALLETS}?done=removed"
    assert known_on(await desk.get(WALLETS)) == [ISSUER, EMAIL]
    assert (await gives(desk, wallet="apple", remove="yes")).headers["location"] == WALLETS, "a second press is nothing"
    async with application.database.connection() as connection:
        acts = await staff.latest_entries(connection, merchant.merchant_id, limit=9)
        kept = await wallets.keys_of(connection, merchant.merchant_id)
    said = {one.reason for one in acts if one.action is Audited.WALLET_KEYS_CHANGED}
    assert said == {f"apple, {PASS_TYPE}", f"google, {ISSUER}", "apple, removed"}
    assert set(kept) == {Wallet.GOOGLE}


@pytest.mark.parametrize(
    "typed, error",
    [
        ({"wallet": "apple", "bundle": "-----BEGIN SECRETS-----"}, ("bundle", "These keys make no passes.")),
        ({"wallet": "apple", "bundle": "x" * 30_000}, ("bundle", "These keys make no passes.")),
        ({"wallet": "google", "issuer": "GL", "account": google_account()}, ("issuer", "digits alone")),
        ({"wallet": "google", "issuer": ISSUER, "account": "{}"}, ("account", "no key of a service account")),
    ],
    ids=range(4),
)
async def test_what_makes_no_pass_is_refused_beside_its_field_and_changes_nothing(
    desk: httpx.AsyncClient, application: Application, merchant: Merchant, typed: dict[str, str], error: tuple[str, str]
) -> None:
    answer = await gives(desk, **typed)
    assert answer.status_code == 422
    field, said = error
    [shown] = texts(answer, f"//*[@id='error-{field}']")
    assert said in shown
    assert texts(answer, f"//a[@href='#field-{field}']") != []
    assert not any(secret in answer.text for secret in ("SECRETS", "PRIVATE")), "what was typed as a secret is gone"
    async with application.database.connection() as connection:
        assert await wallets.keys_of(connection, merchant.merchant_id) == {}


async def test_every_refusal_is_told_in_the_language_of_who_reads_it(desk: httpx.AsyncClient) -> None:
    papers, other = apple_papers(), apple_papers(signed_by="somebody")
    bundles = [
        "",
        other.bundle,
        apple_papers(pass_type="com.example").bundle,
        apple_papers(ends_at=NOW).bundle,
        papers.bundle.replace("PRIVATE KEY", "ENCRYPTED PRIVATE KEY"),
    ]
    told = []
    for bundle in bundles:
        desk.headers["accept-language"] = "de"
        answer = await gives(desk, wallet="apple", bundle=bundle)
        told += texts(answer, "//*[@id='error-bundle']")
    assert len(set(told)) == len(bundles)
    assert not any("Give" in one or "Make" in one for one in told)


async def test_an_unknown_wallet_is_said(desk: httpx.AsyncClient) -> None:
    answer = await gives(desk, wallet="samsung", bundle=apple_papers().bundle)
    assert answer.status_code == 422
    assert "Choose one of those that are offered." in answer.text


async def test_only_an_owner_gives_keys(application: Application, merchant: Merchant) -> None:
    async with at_the_desk(application, merchant, role=Role.MANAGER, email="m@bakery.example") as client:
        assert (await client.get(WALLETS)).status_code == 403
