"""Find what the pages say, and keep the catalogues complete: `python -m tests.support.messages` adds what is missing,
to be translated.

A message belongs to the nearest folder above it that has a `locale/`; its catalogue is `locale/<language>/<folder's
name>.po`.
"""

from collections.abc import Iterator
from pathlib import Path

from babel.messages import Catalog, pofile
from babel.messages.extract import extract_from_dir

from largesse.ui import LANGUAGES, Catalogue, read_catalogue

SOURCE = Path(__file__).parents[2] / "src" / "largesse"
TRANSLATIONS = tuple(language for language in LANGUAGES if language != "en")

Said = str | tuple[str, ...]

_METHODS = [("**.html", "jinja2"), ("**.txt", "jinja2"), ("**.py", "python")]
_KEYWORDS: dict[str, tuple[int, ...] | None] = {"t": None, "n": (1, 2)}
_JINJA = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}
_PLURALS = {
    "es": "nplurals=2; plural=(n != 1);",
    "fr": "nplurals=2; plural=(n > 1);",
    "de": "nplurals=2; plural=(n != 1);",
}


def said() -> Iterator[tuple[Path, int, Said]]:
    """Yield file, line and message of every `t("…")` and `n("…", "…", …)` in pages and in code."""
    options = {"**.html": _JINJA, "**.txt": _JINJA}
    for name, line, message, _, _ in extract_from_dir(SOURCE, _METHODS, options, keywords=_KEYWORDS):
        yield SOURCE / name, line, message


def locales() -> list[Path]:
    """Return every `locale/` folder."""
    return sorted(path for path in SOURCE.rglob("locale") if path.is_dir())


def catalogue(language: str) -> Catalogue:
    """Return all that is translated into `language`."""
    return read_catalogue(language, locales())


def key_of(message: Said) -> str:
    """Return the text that a catalogue finds the message by."""
    return message if isinstance(message, str) else message[0]


def home_of(path: Path) -> Path:
    """Return the `locale/` folder that the messages of a file belong to."""
    for folder in path.parents:
        if (folder / "locale").is_dir():
            return folder / "locale"
    problem = f"{path}: no folder above it has a locale/; make one"
    raise LookupError(problem)


def add_missing() -> int:
    """Add untranslated entries for every message that no catalogue has; return how many."""
    added = 0
    for language in TRANSLATIONS:
        known = catalogue(language).messages
        for path, _, message in said():
            if key_of(message) not in known:
                home = home_of(path)
                added += _add(home / language / f"{home.parent.name}.po", language, message)
    return added


def _add(path: Path, language: str, message: Said) -> int:
    parsed = Catalog(locale=language)
    if path.exists():
        with path.open("rb") as file:
            parsed = pofile.read_po(file, locale=language)
    if key_of(message) in parsed:
        return 0
    parsed.add(message)
    path.parent.mkdir(parents=True, exist_ok=True)
    head = [
        'msgid ""',
        'msgstr ""',
        '"MIME-Version: 1.0\\n"',
        '"Content-Type: text/plain; charset=utf-8\\n"',
        '"Content-Transfer-Encoding: 8bit\\n"',
        f'"Language: {language}\\n"',
        f'"Plural-Forms: {_PLURALS[language]}\\n"',
        "",
        "",
    ]  # fmt: skip - the head of a file, line by line
    with path.open("wb") as file:
        file.write("\n".join(head).encode())
        pofile.write_po(file, parsed, omit_header=True, no_location=True, width=0)
    return 1


if __name__ == "__main__":
    import sys

    sys.stdout.write(f"{add_missing()} messages to translate\n")
