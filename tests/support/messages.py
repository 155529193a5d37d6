"""Find what the pages say, and keep the catalogues complete: `python -m tests.support.messages` adds what is missing,
to be translated.

A message belongs to the nearest folder above it that has a `locale/`; its catalogue is `locale/<language>/<folder's
name>.po`.
"""

from collections.abc import Iterator
from functools import cache
from pathlib import Path

from babel.messages import Catalog, pofile
from babel.messages.extract import extract_from_dir

from largesse.ui import LANGUAGES, read_catalogue

SOURCE = Path(__file__).parents[2] / "src" / "largesse"
TRANSLATIONS = tuple(language for language in LANGUAGES if language != "en")

Text = str | tuple[str, ...]  # a tuple when the message counts something: one form per plural of the language

_METHODS = [("**.html", "jinja2"), ("**.txt", "jinja2"), ("**.py", "python")]
_KEYWORDS: dict[str, tuple[int, ...] | None] = {"t": None, "n": (1, 2)}
_JINJA = {"trim_blocks": "true", "lstrip_blocks": "true", "silent": "false"}


def used() -> Iterator[tuple[Path, int, Text]]:
    """Yield file, line and message of every `t("…")` and `n("…", "…", …)` in pages and in code."""
    options = {"**.html": _JINJA, "**.txt": _JINJA}
    for name, line, message, _, _ in extract_from_dir(SOURCE, _METHODS, options, keywords=_KEYWORDS):
        yield SOURCE / name, line, message


@cache
def translated(language: str) -> dict[str, Text]:
    """Return all that is translated into `language`, by English text (of a counting message, the singular)."""
    locales = sorted(path for path in SOURCE.rglob("locale") if path.is_dir())
    catalogue = read_catalogue(language, locales)
    return {key_of(_text(message.id)): _text(message.string) for message in catalogue if message.id}


def _text(found: str | list[str] | tuple[str, ...] | None) -> Text:
    return found or "" if isinstance(found, str | None) else tuple(found)


def key_of(message: Text) -> str:
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
    return sum(
        _add(home_of(path) / language / f"{home_of(path).parent.name}.po", language, message)
        for language in TRANSLATIONS
        for path, _, message in used()
        if key_of(message) not in translated(language)
    )


def _add(path: Path, language: str, message: Text) -> int:
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
        f'"Plural-Forms: {parsed.plural_forms}\\n"',
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
