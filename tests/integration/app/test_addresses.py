"""No shop can have an address at which the installation itself answers."""

from pathlib import Path

from litestar import Litestar

from largesse.app.metrics import Metrics
from largesse.app.web import build_app
from largesse.db import Database
from largesse.domain.merchants.checks import RESERVED_SLUGS, could_be_slug
from tests.builders.payments import a_paying_application


def first_parts(app: Litestar) -> set[str]:
    """The first part of every address, as far as it is fixed."""
    parts = {route.path.split("/")[1] for route in app.routes}
    return {part for part in parts if part and "{" not in part}


async def test_every_address_of_the_installation_is_reserved(database: Database, tmp_path: Path) -> None:
    async with a_paying_application(database) as application:
        ours = first_parts(build_app(application, Metrics(process="web", folder=tmp_path), demo=True))
    assert {"gifts", "test-payment", "styleguide"} <= ours
    assert {part for part in ours if could_be_slug(part)} <= RESERVED_SLUGS
