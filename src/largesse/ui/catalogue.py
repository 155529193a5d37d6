"""The messages of every language: gettext catalogues, read as they are.

English is the key: a page says `t("Good through {day}", day=…)`, and `locale/<language>/<part>.po` says it in another
language. Babel reads the `.po` files once at the start and hands them to the standard library, which chooses plural
forms by the rule of the language; there is no compiling step, and no `.mo` to forget. Placeholders are `{named}`.
"""

import gettext
import io
from collections.abc import Iterable
from pathlib import Path

from babel import Locale
from babel.messages import Catalog, mofile, pofile

LANGUAGES = ("en", "es", "fr", "de")  # the first is the one that messages are written in
LANGUAGE_NAMES = {
    language: str(Locale.parse(language).get_display_name()).capitalize() for language in LANGUAGES
}  # each in its own words, never translated


def read_catalogue(language: str, folders: Iterable[Path]) -> Catalog:
    """Return what every `<folder>/<language>/*.po` translates; folders that have none are passed over.

    A language may be `en-US`, whose catalogues hold only what American English says otherwise.

    Raises:
        ValueError: two parts translate the same message differently, or a file is not a catalogue.
    """
    locale = Locale.parse(language, sep="-")
    merged = Catalog(locale=locale)
    for path in (path for folder in folders for path in sorted((folder / language).glob("*.po"))):
        with path.open("rb") as file:
            part = pofile.read_po(file, locale=locale, abort_invalid=True)
        for message in part:
            if not message.id or not message.string or message.fuzzy:
                continue
            known = merged.get(message.id)
            if known is not None and known.string != message.string:
                problem = f"{path}: {message.id!r} is translated differently in another part; give it one translation"
                raise ValueError(problem)
            merged.add(message.id, message.string)
    return merged


def translations_of(catalogue: Catalog) -> gettext.GNUTranslations:
    """Return a catalogue as the standard library uses it: what it does not translate stays English."""
    compiled = io.BytesIO()
    mofile.write_mo(compiled, catalogue)
    compiled.seek(0)
    return gettext.GNUTranslations(compiled)
