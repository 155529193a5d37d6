"""The files that pages are dressed with: one stylesheet and one script per kind of page, put together at the start.

There is no build step. Styles stand in small files under `styles/`, scripts under `scripts/`; the recipes below name
which ones a page needs, in which order. Every address carries the hash of its content, so that browsers may keep it for
ever; everything is compressed once, in memory. A merchant's colours are the first lines of the merchant's own copy of
the stylesheet, so a page needs one request for its style.
"""

import base64
import gzip
import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

import msgspec

from largesse.ui.colour import theme_css
from largesse.ui.visit import DEFAULT_ACCENT

ASSETS_PATH = "/assets"

_HERE = Path(__file__).parent
_STYLE_RECIPES = {
    "shop": ("base", "type", "layout", "form", "pieces", "record", "shop", "buy", "print"),
    "desk": ("base", "type", "layout", "form", "pieces", "record", "desk", "print"),
    "till": ("base", "type", "layout", "form", "pieces", "record", "receipt", "till", "bill", "print"),
}
_SCRIPT_RECIPES = {
    "ui": ("counter", "submit", "dialog", "copy", "mirror", "live", "waiting", "mend", "follow", "fills", "share"),
    "frame": ("frame",),
    "desk": ("keys", "sentence", "arrange", "crop"),
}
_MEDIA_TYPES = {
    ".css": "text/css",
    ".js": "text/javascript",
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".webp": "image/webp",
    ".ico": "image/x-icon",
    ".txt": "text/plain",
}
_PACKED_ALREADY = frozenset((".png", ".jpg", ".webp", ".ico"))
_STYLE_NAME = re.compile(r"(?P<recipe>[a-z]+)-(?P<accent>[0-9a-f]{6})\.(?P<digest>[0-9a-f]{12})\.css")
_FOR_OTHERS = re.compile(r"ui/embed-[0-9]+\.js")
"""Each stays as it is for good, beside newer ones: pages of others name its hash."""
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)  # one that is never closed goes on to the end
_COMMENT_LINE = re.compile(r"^[ ]*//.*\n", re.MULTILINE)
_INDENT = re.compile(r"\n\s*")
_AROUND_BRACES = (
    ("{\n", "{"),
    (";\n", ";"),
    ("}\n", "}"),
    ("\n}", "}"),
    (" {", "{"),
    ("{ ", "{"),
    ("; ", ";"),
    (" }", "}"),
    (";}", "}"),
    (": ", ":"),
    (", ", ","),
)
"""Each line break and space stands alone by then."""


class Asset(msgspec.Struct, frozen=True, kw_only=True):
    """One file as it is sent: its address, type, bytes, and the same bytes compressed where that helps.

    `for_others` is whether pages of other web sites load it.
    """

    url: str
    media_type: str
    body: bytes
    packed: bytes | None
    etag: str
    for_others: bool = False

    @property
    def integrity(self) -> str:
        """Return the hash by which a page that loads it sees that it is the one that was meant (SRI)."""
        return f"sha384-{base64.b64encode(hashlib.sha384(self.body).digest()).decode()}"


class Assets:
    """Find assets by name, to link to them, and by address, to send them."""

    def __init__(self, folders: Mapping[str, Path] | None = None) -> None:
        """Take `folders` of further files (pictures, more scripts) by part; a file is known as `<part>/<path>`."""
        self._styles = {name: _style(parts) for name, parts in _STYLE_RECIPES.items()}
        self._by_name = {f"{name}.js": _asset(f"{name}.js", _script(parts)) for name, parts in _SCRIPT_RECIPES.items()}
        for part, folder in (folders or {}).items():
            for path in sorted(folder.rglob("*")):
                if path.suffix in _MEDIA_TYPES:
                    name = f"{part}/{path.relative_to(folder).as_posix()}"
                    self._by_name[name] = _asset(name, path.read_bytes())
        self._by_url = {asset.url: asset for asset in self._by_name.values()}
        self._themed = lru_cache(maxsize=256)(self._make_themed)  # bounded: the accent comes from the address

    def url(self, name: str) -> str:
        """Return the address of the file `name`.

        Raises:
            KeyError: there is no such file.
        """
        return self.named(name).url

    def named(self, name: str) -> Asset:
        """Return the file `name`.

        Raises:
            KeyError: there is no such file.
        """
        return self._by_name[name]

    def style_url(self, recipe: str, accent: str = DEFAULT_ACCENT) -> str:
        """Return the address of the stylesheet `recipe` (`shop`, `desk` or `till`) in the colours of `accent`."""
        return self._themed(recipe, accent.lower()).url

    def find(self, url: str) -> Asset | None:
        """Return the asset at an address, or None. A stylesheet of any accent is made when it is asked for."""
        known = self._by_url.get(url)
        if known is not None:
            return known
        match = _STYLE_NAME.fullmatch(url.removeprefix(f"{ASSETS_PATH}/"))
        if match is None or match["recipe"] not in self._styles:
            return None
        made = self._themed(match["recipe"], f"#{match['accent']}")
        return made if made.url == url else None

    def _make_themed(self, recipe: str, accent: str) -> Asset:
        text = theme_css(accent) + self._styles[recipe]
        return _asset(f"{recipe}-{accent.removeprefix('#')}.css", text.encode())


def _asset(name: str, body: bytes) -> Asset:
    digest = hashlib.sha256(body).hexdigest()[:12]
    stem, dot, suffix = name.rpartition(".")
    return Asset(
        url=f"{ASSETS_PATH}/{stem}.{digest}{dot}{suffix}",
        media_type=_MEDIA_TYPES[f".{suffix}"],
        body=body,
        packed=None if f".{suffix}" in _PACKED_ALREADY else gzip.compress(body, 9, mtime=0),
        etag=f'"{digest}"',
        for_others=_FOR_OTHERS.fullmatch(name) is not None,
    )


def _style(parts: tuple[str, ...]) -> str:
    """Put a stylesheet together, without comments, indentation and spaces around braces: these are not for the wire."""
    text = "\n".join((_HERE / "styles" / f"{part}.css").read_text(encoding="utf-8") for part in parts)
    text = _INDENT.sub("\n", _COMMENT.sub("", text)).strip()
    for spaced, tight in _AROUND_BRACES:
        text = text.replace(spaced, tight)
    return text + "\n"


def _script(parts: tuple[str, ...]) -> bytes:
    """Put a script together: each part in a block of its own, so that no name of one meets a name of another.

    Lines that only comment are not for the wire.
    """
    texts = (_COMMENT_LINE.sub("", (_HERE / "scripts" / f"{part}.js").read_text(encoding="utf-8")) for part in parts)
    return "\n".join(f"{{\n{text}}}" for text in texts).encode()
