"""Pages: escaped, strict, in the reader's language and light."""

from html.parser import HTMLParser
from pathlib import Path

import jinja2
import pytest

from largesse.ui import LANGUAGES, Brand, ColourScheme, InvalidAccent, Templates, Visit, local_path


class Tags(HTMLParser):
    """Collect every start tag with its attributes."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture
def part(tmp_path: Path) -> Path:
    (tmp_path / "templates").mkdir()
    return tmp_path


def write(part: Path, text: str, name: str = "page.html") -> Templates:
    (part / "templates" / name).write_text(text, encoding="utf-8")
    return Templates(parts={"part": part})


SHELL = (
    '{% extends "ui/shop.html" %}{% block title %}Gift{% endblock %}{% block main %}<h1>{{ said }}</h1>{% endblock %}'
)
FORM = '{% from "ui/form.html" import field, area, choices, checkbox %}'


def test_what_people_wrote_is_shown_as_text(part: Path) -> None:
    templates = write(part, SHELL)
    html = templates.render("part/page.html", visit=Visit(), brand=Brand(name="A & <b>"), said='<script>"x"</script>')
    assert "&lt;script&gt;&#34;x&#34;&lt;/script&gt;" in html
    assert "A &amp; &lt;b&gt;" in html


def test_a_value_that_was_not_given_is_an_error(part: Path) -> None:
    with pytest.raises(jinja2.UndefinedError, match="said"):
        write(part, SHELL).render("part/page.html", visit=Visit())


def test_the_page_names_its_language_and_has_one_stylesheet_and_no_inline_code(part: Path) -> None:
    html = write(part, SHELL).render("part/page.html", visit=Visit(language="fr"), said="")
    tags = Tags(html)
    assert tags.of("html") == [{"lang": "fr", "dir": "ltr"}]
    assert len([link for link in tags.of("link") if link["rel"] == "stylesheet"]) == 1
    assert tags.of("style") == []
    assert all("src" in script for script in tags.of("script"))
    assert not [attributes for _, attributes in tags.found if "style" in attributes]
    assert "Aller au contenu" in html


def test_the_readers_theme_wins_over_the_systems(part: Path) -> None:
    templates = write(part, SHELL)
    assert 'data-theme="dark"' in templates.render("part/page.html", visit=Visit(theme=ColourScheme.DARK), said="")
    assert "data-theme" not in templates.render("part/page.html", visit=Visit(), said="")


def test_only_a_demonstration_says_that_it_is_one(part: Path) -> None:
    templates = write(part, SHELL)
    notice = "This is a demonstration"
    assert notice in templates.render("part/page.html", visit=Visit(), said="", demo=True)
    assert notice not in templates.render("part/page.html", visit=Visit(), said="")


def test_a_field_is_tied_to_its_label_hint_error_and_counter(part: Path) -> None:
    templates = write(part, FORM + '{{ field("to", "To", value=typed, hint="H", error="E", limit=5) }}')
    tags = Tags(html := templates.render("part/page.html", visit=Visit(), typed="Ada 🎁 & co"))
    [box] = tags.of("input")
    assert box["value"] == "Ada 🎁 & co"
    assert box["aria-invalid"] == "true"
    ids = {attributes["id"] for _, attributes in tags.found if "id" in attributes}
    assert set((box["aria-describedby"] or "").split()) == {"hint-to", "error-to", "limit-to"} <= ids
    assert tags.of("label")[0]["for"] == box["id"]
    assert "5 characters too many" in html  # a gift is one character, as the server counts


@pytest.mark.parametrize("typed, is_quiet", [("", True), ("x" * 7, True), ("x" * 8, False), ("x" * 11, False)])
def test_a_quiet_counter_is_there_and_is_heard_of_when_the_end_is_near(
    part: Path, typed: str, *, is_quiet: bool
) -> None:
    templates = write(part, FORM + '{{ field("name", "Name", value=typed, limit=10, quiet=true) }}')
    tags = Tags(templates.render("part/page.html", visit=Visit(), typed=typed))
    assert tags.of("input")[0]["aria-describedby"] == "limit-name"
    assert [box["class"] for box in tags.of("div") if "below" in (box["class"] or "")] == [
        "below quiet" if is_quiet else "below"
    ]


def test_a_text_area_keeps_a_first_empty_line(part: Path) -> None:
    templates = write(part, FORM + '{{ area("message", "Message", value="\n\nlove") }}')
    # HTML drops one line break behind the start tag, so three must be written for two to arrive.
    assert ">\n\n\nlove</textarea>" in templates.render("part/page.html", visit=Visit())


def test_an_error_leads_to_a_field_that_can_be_focused(part: Path) -> None:
    templates = write(
        part,
        FORM + '{{ choices("design", "Design", [{"value": "a", "title": "A"}], error="E") }}{{ checkbox("ok", "OK") }}',
    )
    inputs = Tags(templates.render("part/page.html", visit=Visit())).of("input")
    assert [box["id"] for box in inputs] == ["field-design", "field-ok"]


def test_every_template_compiles_in_every_language() -> None:
    assert Templates().warm() >= 7


def test_every_language_speaks_for_itself_though_they_share_what_is_compiled(part: Path) -> None:
    templates = write(part, '{{ t("Skip to the content") }}')
    said = {language: templates.render("part/page.html", visit=Visit(language=language)) for language in LANGUAGES}
    assert len(set(said.values())) == len(LANGUAGES)


@pytest.mark.parametrize(
    "path, safe",
    [
        ("/spa", "/spa"),
        ("/gifts/redeem.html?code=GL7K", "/gifts/redeem.html?code=GL7K"),
        ("", "/"),
        ("//evil.example", "/"),
        ("/\\evil.example", "/"),
        ("https://evil.example/", "/"),
        ("/a\r\nSet-Cookie: x", "/"),
        ("/" + "a" * 3000, "/"),
    ],
)
def test_the_way_back_never_leads_away(path: str, safe: str) -> None:
    assert local_path(path) == safe


def test_unknown_preferences_are_passed_over() -> None:
    visit = Visit(language="de", here="/x")
    assert visit.with_preferences(language="xx", theme="neon") == visit
    preferred = visit.with_preferences(language="es", theme="dark")
    assert preferred == Visit(language="es", theme=ColourScheme.DARK, here="/x")


def test_a_brand_has_a_real_colour() -> None:
    with pytest.raises(InvalidAccent):
        Brand(name="x", accent="red;}")
