"""The portal of partners: invited by the office, accepted by somebody new and by somebody known, signed in, let go."""

from collections.abc import AsyncIterator
from typing import NamedTuple

import httpx
import pyotp
import pytest

from largesse.app.application import Application
from largesse.db import Database
from largesse.domain.portal import PartnerRole, open_invitations
from largesse.domain.staff import Audited, latest_entries
from largesse.services.portal import people_of
from tests.builders.application import NOW, an_application
from tests.builders.certificates import a_merchant
from tests.builders.office import at_the_desk
from tests.builders.partners import Ordering, an_ordering_partner
from tests.builders.portal import invitation_token
from tests.builders.staff import PASSWORD
from tests.fakes.clock import StillClock
from tests.support.office import codes_on, fill, forms_of, key_on, office_app, texts, visiting


class Desk(NamedTuple):
    """An owner at their desk, with a partner that orders."""

    application: Application
    ordering: Ordering
    client: httpx.AsyncClient
    here: str


@pytest.fixture
async def desk(database: Database) -> AsyncIterator[Desk]:
    async with an_application(database, clock=StillClock(NOW)) as application:
        merchant = await a_merchant(database)
        ordering = await an_ordering_partner(application, merchant=merchant)
        async with at_the_desk(application, merchant) as client:
            yield Desk(
                application, ordering, client, f"/admin/corner-spa/partners/{ordering.partner.partner_id}/people"
            )


async def link_of(desk: Desk, email: str) -> str:
    """The path of the link that was mailed to an address."""
    partner = desk.ordering.partner
    async with desk.application.database.connection() as connection:
        found = await open_invitations(connection, partner.merchant_id, partner.partner_id, NOW)
    [one] = [one for one in found if one.email == email]
    return f"/partner/invitation?token={invitation_token(desk.application, one)}"


async def test_somebody_is_invited_accepts_signs_in_and_is_let_go(desk: Desk) -> None:
    here, email = desk.here, "olga@hotel.example"
    wrong = await fill(desk.client, here, f"{here}/invite", {"email": "olga", "role": "orderer"})
    assert wrong.status_code == 422
    assert 'value="olga"' in wrong.text
    invited = await fill(desk.client, here, f"{here}/invite", {"email": email, "role": "approver"})
    assert invited.headers["location"] == f"{here}?done=invited"
    assert email in (await desk.client.get(here)).text
    async with visiting(office_app(desk.application)) as olga:
        link = await link_of(desk, email)
        opened = await olga.get(link)
        typed = {"name": "Olga", "password": PASSWORD, "code": pyotp.TOTP(key_on(opened)).at(NOW)}
        accepted = await olga.post("/partner/invitation", data={**forms_of(opened)["/partner/invitation"], **typed})
        assert len(codes_on(accepted)) == 10
        assert (await olga.get(link)).status_code == 403
        home = await olga.get("/partner")
        assert home.headers["location"] == f"/partner/{desk.ordering.partner.partner_id}"
        assert "Olga" in (await olga.get(home.headers["location"])).text
        actions = texts(await olga.get("/partner/me"), "//form/@action")
        assert "/partner/me/password" in actions
        assert not any(one.startswith("/staff") for one in actions)
        # signs out, and in again: address, password, code
        out = forms_of(await olga.get("/partner/me"))["/partner/sign-out"]
        assert (await olga.post("/partner/sign-out", data=out)).headers["location"] == "/partner/sign-in?done=out"
        begun = await fill(olga, "/partner/sign-in", "/partner/sign-in", {"email": email, "password": PASSWORD})
        assert begun.headers["location"] == "/partner/second-factor"
        spent = await fill(olga, "/partner/second-factor", "/partner/second-factor", {"code": typed["code"]})
        assert spent.status_code == 422
        done = await fill(olga, "/partner/second-factor", "/partner/second-factor", {"code": codes_on(accepted)[0]})
        assert done.headers["location"] == "/partner"
        # the office changes the role, then lets go
        async with desk.application.database.connection() as connection:
            [(member, _)] = await people_of(connection, desk.ordering.partner)
        assert member.role is PartnerRole.APPROVER
        for field in ("role", "to"):
            forged = await fill(desk.client, here, f"{here}/change", {"role": "finance", field: "no-such"})
            assert forged.status_code == 422
        changed = await fill(
            desk.client, here, f"{here}/change", {"member": str(member.membership_id), "role": "finance"}
        )
        assert changed.headers["location"] == f"{here}?done=changed"
        gone = await desk.client.post(
            f"{here}/change",
            data={**forms_of(await desk.client.get(here))[f"{here}/change"], "to": "out"},
        )
        assert gone.headers["location"] == f"{here}?done=ended"
        assert (await olga.get("/partner/me")).headers["location"].startswith("/partner/sign-in")
    async with desk.application.database.connection() as connection:
        entries = await latest_entries(connection, desk.ordering.merchant.merchant_id)
    acts = [one.action for one in entries if one.action.value.startswith("partner.person")]
    assert sorted(acts) == [  # all at one moment of a clock that stands still
        Audited.PARTNER_PERSON_CHANGED,
        Audited.PARTNER_PERSON_ENDED,
        Audited.PARTNER_PERSON_INVITED,
        Audited.PARTNER_PERSON_JOINED,
    ]


async def test_who_is_known_signs_in_first_and_an_invitation_can_be_withdrawn(desk: Desk) -> None:
    here = desk.here
    await fill(desk.client, here, f"{here}/invite", {"email": "desk@bakery.example", "role": "orderer"})
    link = await link_of(desk, "desk@bakery.example")
    async with visiting(office_app(desk.application)) as stranger:
        assert "Sign in, then open the link" in (await stranger.get(link)).text
    opened = await desk.client.get(link)
    joined = await desk.client.post("/partner/invitation", data=forms_of(opened)["/partner/invitation"])
    assert joined.headers["location"] == "/partner/me?done=joined"
    again = await fill(desk.client, here, f"{here}/invite", {"email": "desk@bakery.example", "role": "orderer"})
    assert again.status_code == 409
    await fill(desk.client, here, f"{here}/invite", {"email": "fred@hotel.example", "role": "finance"})
    gone = await fill(desk.client, here, f"{here}/withdraw", {"email": "fred@hotel.example"})
    assert gone.headers["location"] == f"{here}?done=withdrawn"
    assert (
        await fill(desk.client, here, f"{here}/invite", {"email": "x@hotel.example", "role": "x"})
    ).status_code == 422
