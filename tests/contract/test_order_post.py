"""An order over the partner API, as the merchant's own receiver is told of it."""

from collections.abc import Iterator

import pytest

from largesse.adapters.http_sender import HttpSender
from largesse.domain.partners import PartnerChange
from largesse.services.endpoints import AddEndpoint, Format, add_endpoint
from largesse.services.partners import change_details
from tests.builders.gifts import a_relay
from tests.builders.outbox import LOOPBACK
from tests.contract.conftest import Shop
from tests.fakes.senders import KeepingSender
from tests.support.receiver import Receiver, receiver_process


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver in a process of its own."""
    with receiver_process() as process:
        yield process


async def test_the_buyer_of_an_order_on_account_is_the_partner(shop: Shop, receiver: Receiver) -> None:
    ordering, application = shop.ordering, shop.application
    change = PartnerChange(
        phone="(212) 555-0123",
        address="1 Main Street",
        address2="Floor 3",
        city="New York",
        state="NY",
        zip="10001",
        country="US",
    )
    async with application.database.transaction() as connection:
        partner = await change_details(connection, ordering.merchant, ordering.partner, change)
        wanted = AddEndpoint(
            merchant_id=ordering.merchant.merchant_id,
            format=Format.ORDER_FORM,
            url=receiver.url("ok"),
            notify="owner@example.com",
        )
        await add_endpoint(connection, application.keyring, wanted, reach=LOOPBACK, now=application.clock.now())

    assert (await shop.order(amount=25)).status_code == 200
    async with HttpSender(reach=LOOPBACK) as http:
        await a_relay(application, KeepingSender(), http=http).run_once(application.clock.now())

    [post] = receiver.posts()
    values = dict(post.fields or [])
    assert values["gift_description"] == "Gift Certificate"
    assert (values["billing_first_name"], values["billing_last_name"]) == ("", partner.name)
    assert values["billing_email"] == partner.contact_email
    assert [values[f"billing_{name}"] for name in ("phone", "address", "address2", "city", "state", "zip")] == [
        "+12125550123",
        "1 Main Street",
        "Floor 3",
        "New York",
        "NY",
        "10001",
    ]
