"""Write pages: templates, the macros they share, and the voice of each language, loaded once.

An interface with pages keeps `templates/`, `locale/` and, if it needs them, `static/` in its own package; the design is
told of it as a part:

    templates = Templates(parts={"storefront": Path(storefront.__file__).parent})
    templates.render("storefront/redeem.html", visit=visit, brand=brand, certificate=view)

A template of a part is named `<part>/<file>`; those of the look are `ui/<file>`. Everything is escaped unless it is
Markup, and a name that was not given is an error, never an empty place.
"""

import os
import sys
from collections.abc import Mapping
from contextlib import suppress
from contextvars import ContextVar
from pathlib import Path
from pickle import UnpicklingError
from types import CodeType

from jinja2 import BaseLoader, BytecodeCache, Environment, FileSystemLoader, PrefixLoader, StrictUndefined
from jinja2.bccache import Bucket

from largesse.kernel.conventions import English, written_in
from largesse.ui.assets import Assets
from largesse.ui.catalogue import LANGUAGE_NAMES, LANGUAGES
from largesse.ui.visit import DEFAULT_BRAND, PREFERENCES_PATH, Brand, Visit
from largesse.ui.voice import AMERICAN, Voice, speak

_HERE = Path(__file__).parent
_SAID = (
    "t",
    "n",
    "money",
    "count",
    "percent",
    "long_day",
    "day",
    "short_day",
    "clock_time",
    "moment",
    "on_moment",
    "number",
    "listing",
)  # fmt: skip - the names that templates may say without naming the voice
_FIELDS: ContextVar[dict[str, int]] = ContextVar("fields of the page that is rendered, and how many of each name")


class Templates:
    """Render pages in every language, and find the assets they link to."""

    def __init__(self, *, parts: Mapping[str, Path] | None = None, https: bool = False) -> None:
        """Load what the look and its `parts` (name to folder) have.

        `https` tells whether readers come by https, perhaps through a proxy.
        """
        self.https = https
        folders = dict(parts or {})
        self.assets = Assets({name: folder / "static" for name, folder in {"ui": _HERE, **folders}.items()})
        locales = tuple(folder / "locale" for folder in folders.values())
        self.voices: Mapping[str, Voice] = {tag: speak(tag, folders=locales) for tag in (*LANGUAGES, AMERICAN)}
        loader = _loader({"ui": _HERE, **folders})
        self._environments = {tag: self._environment(voice, loader) for tag, voice in self.voices.items()}

    def warm(self) -> int:
        """Compile every template in every language, so that no visitor waits for it; return how many there are."""
        for environment in self._environments.values():
            for name in environment.list_templates():
                environment.get_template(name)
        return len(environment.list_templates())

    def voice(self, visit: Visit, english: English = English.BRITISH) -> Voice:
        """Return the voice that this visitor reads, on a page of whoever writes English in that way."""
        return self.voices[written_in(visit.language, english)]

    def render(
        self, template: str, *, visit: Visit, brand: Brand = DEFAULT_BRAND, demo: bool = False, **values: object
    ) -> str:
        """Return the page `template` as HTML in the language of the visit, and in the English of the brand.

        Raises:
            jinja2.UndefinedError: the template names a value that was not given.
        """
        page = self._environments[written_in(visit.language, brand.english)].get_template(template)
        fields = _FIELDS.set({})
        try:
            return page.render(visit=visit, brand=brand, demo=demo, **values)
        finally:
            _FIELDS.reset(fields)

    def _environment(self, voice: Voice, loader: BaseLoader) -> Environment:
        environment = Environment(
            loader=loader,
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            auto_reload=False,
            cache_size=-1,
            bytecode_cache=_COMPILED,
        )
        environment.globals.update({name: getattr(voice, name) for name in _SAID})
        environment.globals.update(
            voice=voice,
            asset=self.assets.url,
            style_url=self.assets.style_url,
            language_names=LANGUAGE_NAMES,
            preferences_path=PREFERENCES_PATH,
            own_id=_own_id,
        )
        return environment


def _own_id(name: str) -> str:
    """Return what the ids of a field end in: its name, with a number where a form above has a field of that name."""
    fields = _FIELDS.get()
    fields[name] = count = fields.get(name, 0) + 1
    return name if count == 1 else f"{name}-{count}"


class _Compiled(BytecodeCache):
    """Compile a template once, for whoever asks first: what differs between languages is called, not compiled.

    Compiling all takes two seconds of a start. So what was compiled is kept in memory and, as Python keeps its modules,
    in the `__pycache__` of the package whose template it is: where there is one, and unless Python is told to write
    none (`PYTHONDONTWRITEBYTECODE`). A text that was changed is compiled anew, and so is everything for another Python
    or Jinja.
    """

    def __init__(self) -> None:
        self._code: dict[tuple[str, str], CodeType] = {}
        self._files: dict[str, Path] = {}

    def get_bucket(self, environment: Environment, name: str, filename: str | None, source: str) -> Bucket:
        """Return what is kept of a template; its file tells beside which modules that lies."""
        if filename is not None:
            folder = next((one.parent for one in Path(filename).parents if one.name == "templates"), None)
            if folder is not None:
                key = self.get_cache_key(name, filename)
                self._files[key] = folder / "__pycache__" / f"{Path(filename).stem}.{key}.jinja"
        return super().get_bucket(environment, name, filename, source)

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = self._code.get((bucket.key, bucket.checksum))
        if bucket.code is None and bucket.key in self._files:
            # What is missing, or was cut off in the middle, is compiled.
            with suppress(OSError, EOFError, ValueError, UnpicklingError), self._files[bucket.key].open("rb") as kept:
                bucket.load_bytecode(kept)
            self._remember(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._remember(bucket)
        file = self._files.get(bucket.key)
        if file is None or sys.dont_write_bytecode or not file.parent.is_dir():
            return
        # Several processes start at once, and none may read a half of it.
        mine = file.with_suffix(f".{os.getpid()}")
        with suppress(OSError):
            with mine.open("wb") as written:
                bucket.write_bytecode(written)
            mine.replace(file)

    def _remember(self, bucket: Bucket) -> None:
        if bucket.code is not None:
            self._code[bucket.key, bucket.checksum] = bucket.code


_COMPILED = _Compiled()


def _loader(folders: Mapping[str, Path]) -> PrefixLoader:
    return PrefixLoader({name: FileSystemLoader(folder / "templates") for name, folder in folders.items()})
