"""Turn what is known into HTML: templates, the stylesheet and the headers that every page is sent with."""

import hashlib
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from litestar import Response
from litestar.enums import MediaType

from largesse.look.headers import security_headers

_HERE = Path(__file__).parent
_STYLE = (_HERE / "static" / "redeem.css").read_bytes()

STYLE_PATH = "/gifts/redeem.css"
STYLE_URL = f"{STYLE_PATH}?v={hashlib.sha256(_STYLE).hexdigest()[:12]}"
_YEAR_S = 31_536_000

_templates = Environment(
    loader=FileSystemLoader(_HERE / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def page(
    template: str, *, status: int = 200, https: bool, headers: dict[str, str] | None = None, **values: object
) -> Response[str]:
    """Return a page that no cache keeps, no search engine lists and no other site learns of."""
    sent = security_headers(https=https) | {"X-Robots-Tag": "noindex, nofollow"} | (headers or {})
    return Response(
        _templates.get_template(template).render(style_url=STYLE_URL, **values),
        status_code=status,
        media_type=MediaType.HTML,
        headers=sent,
    )


def stylesheet() -> Response[bytes]:
    """Return the stylesheet; its address changes with its content, so browsers may keep it."""
    return Response(
        _STYLE,
        media_type="text/css; charset=utf-8",
        headers={"Cache-Control": f"public, max-age={_YEAR_S}, immutable", "X-Content-Type-Options": "nosniff"},
    )
