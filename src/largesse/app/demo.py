"""The demo merchant, plainly marked, with which a newcomer can try everything.

Its credentials are made once and kept in the data folder, because the database keeps only their hashes. Whatever is
missing is made at each start; nothing that stands is changed, so that a demo someone has worked with stays theirs.
"""

import os
import secrets
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import msgspec

from largesse.app import demo_catalogue, demo_month, demo_portal, demo_staff, wiring
from largesse.app.application import Application
from largesse.app.demo_staff import DemoPerson
from largesse.app.settings import Settings
from largesse.db import Connection
from largesse.domain import catalog, locations, merchants, partners
from largesse.domain.locations import EntityChange, LocationChange
from largesse.domain.merchants import Merchant, MerchantDraft, MerchantUnknown
from largesse.domain.partners import AccessDenied, AgreementChange, Partner, PartnerUnknown, Terms
from largesse.interfaces.partner_api import request_of
from largesse.kernel.errors import LargesseError
from largesse.services.catalog import load_catalogue
from largesse.services.merchants import change_entity, open_merchant
from largesse.services.partners import Admission, Admitted, find_credentials, issue_token, order_on_account

FILE = "demo.json"
EMAIL = "partner@demo.example"
DRAFT = MerchantDraft(
    slug="demo",
    number="DEMO-1",
    prefix="DEMO",
    name="Demo Day Spa (not a real shop)",
    currency="USD",
    time_zone="America/New_York",
    contact_email="demo@demo.example",
    is_demo=True,
)
SELLER = EntityChange(
    name="Demo Day Spa (not a real company)",
    address="1 Example Square",
    city="New York",
    state="NY",
    zip="10001",
    country="US",
    phone="+1 212 555 0100",
)
CAFE = LocationChange(code="CAFE", name="The garden café")
PARTNER = "Demo Partner (not a real company)"
TERMS = Terms(amount_max=50_000, credit_limit=100_000_000)
SAMPLES = (("demo-first", "25"), ("demo-second", "50.00"), ("demo-third", "110"))


class DemoElsewhere(LargesseError):
    """The demo in this database belongs to another data folder."""

    code = "demo.elsewhere"
    message = (
        "The database holds a demo whose credentials are in another data folder (demo.json). Start with that "
        "LARGESSE_HOME, or with a fresh database."
    )


class DemoMerchant(msgspec.Struct, frozen=True):
    """The demo merchant."""

    slug: str
    number: str


class DemoPartner(msgspec.Struct, frozen=True):
    """What the demo partner signs in with."""

    email: str
    password: str
    api_key: str
    people: tuple[DemoPerson, ...] = ()
    """Who acts for it in the portal."""


class DemoShop(msgspec.Struct, frozen=True):
    """Where the demo's shop is, and the promo code to try in it."""

    url: str
    promo_code: str


class DemoFile(msgspec.Struct, frozen=True):
    """The content of `demo.json`."""

    base_url: str
    merchant: DemoMerchant
    partner: DemoPartner
    # a file of an earlier version has none of these
    shop: DemoShop | None = None
    staff: tuple[DemoPerson, ...] = ()
    till: tuple[str, ...] = ()


async def fill(settings: Settings) -> None:
    """Make the demo's data and its `demo.json`.

    Raises:
        LargesseError: they could not be made, with a sentence on what to do.
    """
    async with wiring.open_application(settings, told_time=True) as application:
        await seed(application, home=settings.home, base_url=settings.base_url, with_month=settings.demo_month)


async def seed(application: Application, *, home: Path, base_url: str, with_month: bool = False) -> None:
    """Make the demo merchant and partner where they do not stand yet, and write `home`/demo.json for `base_url`.

    `with_month` gives a merchant that is made now a month of trade behind it: for that the application's ledger has to
    go by the time that it is told.

    Raises:
        DemoElsewhere: its credentials were made in another data folder.
    """
    path, now = home / FILE, application.clock.now()
    known = _read(path)
    began = now - timedelta(days=demo_month.DAYS + 1)
    async with application.database.transaction() as connection:
        merchant, is_new = await _merchant(connection, now=began)
        partner = await _partner(connection, merchant, now=began)
        entry = await _entry(application, connection, partner, known, now=now)
        acting = known.partner.people if known else ()
        acting = await demo_portal.people(application, connection, merchant, partner, acting, now=began)
        entry = msgspec.structs.replace(entry, people=acting)
        # Within the transaction, so that credentials that nobody was told are never committed.
        shop = DemoShop(f"{base_url}/{merchant.slug}", demo_catalogue.PROMO_CODE)
        people = await demo_staff.people(application, connection, merchant, known.staff if known else (), now=began)
        codes = await demo_staff.codes(connection, merchant, known.till if known else (), now=now)
        _write(path, DemoFile(base_url, DemoMerchant(merchant.slug, merchant.number), entry, shop, people, codes))
    await _stock_shop(application, merchant, now=began)
    if is_new and with_month:
        await demo_month.live(application, merchant, now=now)
    await _order_samples(application, entry, now=now)


async def _merchant(connection: Connection, *, now: datetime) -> tuple[Merchant, bool]:
    """Return the demo's merchant, and whether it was made now."""
    try:
        return await merchants.find_merchant(connection, DRAFT.slug), False
    except MerchantUnknown:
        merchant = await open_merchant(connection, DRAFT, now=now)
        entity = await locations.default_entity(connection, merchant.merchant_id)
        await change_entity(connection, merchant, entity, SELLER)
        await locations.create_location(connection, entity, CAFE, now=now)
        return merchant, True


async def _partner(connection: Connection, merchant: Merchant, *, now: datetime) -> Partner:
    try:
        return await partners.find_partner(connection, merchant.merchant_id, PARTNER)
    except PartnerUnknown:
        partner = await partners.create_partner(
            connection, merchant.merchant_id, name=PARTNER, contact_email=EMAIL, change=AgreementChange(), now=now
        )
        await partners.put_terms(connection, partner, merchant.currency, TERMS)
        return partner


async def _entry(
    application: Application, connection: Connection, partner: Partner, known: DemoFile | None, *, now: datetime
) -> DemoPartner:
    """Return the credentials: those in the file if the database knows them, else fresh ones."""
    if known is not None:
        found = await partners.find_credentials(connection, known.partner.api_key)
        if found is not None and found.email == known.partner.email:
            return known.partner
    if await partners.users(connection, (partner.merchant_id, partner.partner_id)):
        raise DemoElsewhere
    password = secrets.token_urlsafe(12)
    hashed = await application.passwords.hashed(password)
    user = await partners.create_user(connection, partner, email=EMAIL, password_hash=hashed, now=now)
    _, api_key = await partners.create_key(connection, user, now=now)
    return DemoPartner(email=user.email, password=password, api_key=api_key)


async def _stock_shop(application: Application, merchant: Merchant, *, now: datetime) -> None:
    """Fill a shop that sells nothing yet; one that somebody has worked with is left as it is."""
    async with application.database.connection() as connection:
        if await catalog.list_offerings(connection, merchant.merchant_id):
            return
    await load_catalogue(application, merchant, demo_catalogue.content(), read_file=demo_catalogue.drawing, now=now)


async def _order_samples(application: Application, entry: DemoPartner, *, now: datetime) -> None:
    """Order what a newcomer finds; the same operations at every start, so that they happen once."""
    credentials = await find_credentials(application, entry.api_key)
    if credentials is None:
        raise AccessDenied
    token = await issue_token(application, credentials, email=entry.email, password=entry.password, now=now)
    admitted = await Admission(application.database).admit(entry.api_key, token, now=now)
    for refcode, amount in SAMPLES:
        await _order(application, admitted, refcode, amount, now=now)


async def _order(application: Application, admitted: Admitted, refcode: str, amount: str, *, now: datetime) -> None:
    given = {"refcode": refcode, "amount": amount}
    await order_on_account(application, admitted, request_of(admitted, given, key=refcode, now=now), now=now)


def _read(path: Path) -> DemoFile | None:
    try:
        return msgspec.json.decode(path.read_bytes(), type=DemoFile)
    except (FileNotFoundError, msgspec.MsgspecError):
        return None


def _write(path: Path, content: DemoFile) -> None:
    """Put the file in place in one step, readable by its owner alone (mkstemp makes it so)."""
    descriptor, temporary = tempfile.mkstemp(dir=path.parent, prefix=FILE)
    with os.fdopen(descriptor, "wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(content), indent=2) + b"\n")
    Path(temporary).replace(path)
