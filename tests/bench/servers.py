"""The shop measurement's servers: `python -m tests.bench.servers KIND PORT`, with the product's granian settings.

`bare` is the yardstick: Litestar answering with a small Jinja template and nothing else. `shop` is the product with its
gates for one address held open, because the whole load comes from one.
"""

import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from granian import Granian
from granian.constants import HTTPModes, Interfaces, Loops
from litestar import Litestar, get
from litestar.contrib.jinja import JinjaTemplateEngine
from litestar.response import Template
from litestar.template import TemplateConfig

from largesse.app import metrics, web, wiring
from largesse.app.front import App, Front
from largesse.app.memory import spare_collector
from largesse.app.metrics import Metrics
from largesse.app.settings import from_environment
from largesse.interfaces import storefront
from largesse.interfaces.storefront.buying import buying_routes
from largesse.interfaces.storefront.limits import Limits
from largesse.ui import Templates
from largesse.web.assets import ui_routes

UNBOUNDED = ("drafts_a_day", "by_hand_a_day", "held_by_hand_a_day", "held")
WIDE = "100000000/minute"


@get("/page", sync_to_thread=False)
def bare_page() -> Template:
    """Answer with a template and three words."""
    return Template("bare.html", context={"title": "A present", "items": ["one", "two", "three"]})


def bare() -> Litestar:
    """Return the yardstick."""
    engine = TemplateConfig(directory=Path(__file__).with_name("templates"), engine=JinjaTemplateEngine)
    return Litestar([bare_page], template_config=engine, openapi_config=None, logging_config=None)


def shop() -> Front:
    """Return the product's shop behind open gates."""
    settings = from_environment()

    @asynccontextmanager
    async def open_app() -> AsyncIterator[tuple[App, Metrics]]:
        numbers = Metrics(process="web", folder=metrics.folder_of(settings.home))
        async with wiring.open_application(settings, metrics=numbers) as application:
            templates = Templates(parts={"storefront": storefront.FOLDER})
            templates.warm()
            limits = Limits(
                gifts=WIDE,
                checkouts=WIDE,
                live=WIDE,
                previews=WIDE,
                by_hand_a_day=10**9,
                held_by_hand_a_day=10**9,
                held=10**9,
            )
            app = web.make_app([*ui_routes(templates), buying_routes(application, templates, demo=True, limits=limits)])
            async with app.lifespan():
                spare_collector()
                yield app, numbers

    return Front(open_app)


if __name__ == "__main__":
    kind, port = sys.argv[1:]
    Granian(
        f"tests.bench.servers:{kind}",
        factory=True,
        port=int(port),
        interface=Interfaces.ASGI,
        loop=Loops.uvloop,
        http=HTTPModes.http1,
        websockets=False,
        workers=1,
        log_enabled=False,
    ).serve()
