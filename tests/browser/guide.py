"""The style guide alone, as an app that needs no database: what the look is tested on."""

from pathlib import Path

from litestar import Litestar

from largesse.doors.storefront import styleguide
from largesse.look import Look
from largesse.look.web import look_routes

_look = Look(parts={"storefront": Path(styleguide.__file__).parent})
app = Litestar(route_handlers=[*look_routes(_look), *styleguide.styleguide_routes(_look)], openapi_config=None)
