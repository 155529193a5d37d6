"""Write a mail's two bodies from templates: plain text, and HTML for mail programs.

Mail programs read little CSS: the HTML is tables with inline styles, and what a style sheet adds (dark mode, larger
margins on a wide screen) is left out without harm. Nothing is loaded from elsewhere: a picture comes with its mail.
"""

from functools import cache
from pathlib import Path
from typing import Final

import msgspec
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from largesse.kernel.conventions import English, written_in
from largesse.ui import AMERICAN, LANGUAGES, Palette, Voice, palette, speak

_HERE: Final = Path(__file__).parent
_SAID: Final = ("t", "n", "money", "long_day", "number", "listing")


class Bodies(msgspec.Struct, frozen=True, kw_only=True):
    """The two ways in which one mail says the same."""

    text: str
    html: str


def voice_of(locale: str, english: English = English.BRITISH) -> Voice:
    """Return the voice of a reader of whoever writes `english`: English where we do not speak theirs.

    A locale that is a voice's `tag` is that voice.
    """
    language = locale.replace("_", "-").partition("-")[0].lower()
    known = language if language in LANGUAGES else LANGUAGES[0]
    tag = locale if locale == AMERICAN else written_in(known, english)
    return speak(tag, folders=(_HERE / "locale",))


def bodies(template: str, voice: Voice, *, accent: str, **values: object) -> Bodies:
    """Return the bodies of the mail `template` (`gift`, `receipt`, …) in the colours that follow from `accent`.

    Raises:
        jinja2.UndefinedError: the template names a value that was not given.
    """
    environment = _environment(voice.tag)
    shared = {"light": _colours(accent, dark=False), "dark": _colours(accent, dark=True), **values}
    text = environment.get_template(f"{template}.txt").render(shared)
    html = environment.get_template(f"{template}.html").render(shared)
    return Bodies(text=_tidy(text), html=html)


def _colours(accent: str, *, dark: bool) -> Palette:
    return palette(accent, dark=dark)


@cache
def _environment(tag: str) -> Environment:
    voice = voice_of(tag)
    environment = Environment(
        loader=FileSystemLoader(_HERE / "templates"),
        autoescape=select_autoescape(["html"]),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    environment.globals.update({name: getattr(voice, name) for name in _SAID})
    environment.globals.update(voice=voice)
    return environment


def _tidy(text: str) -> str:
    """Return a text without spaces at line ends and never more than one empty line in a row."""
    lines: list[str] = []
    for line in (one.rstrip() for one in text.strip().splitlines()):
        if line or (lines and lines[-1]):
            lines.append(line)
    return "\n".join(lines) + "\n"
