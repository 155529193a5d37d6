"""Markup: pages are looked at by html-validate, and fields of the same name have ids of their own."""

from pathlib import Path

import pytest

from largesse.ui import Templates, Visit
from tests.support.markup import faults_of, is_installed, kinds_of, validated

PAGE = """<!DOCTYPE html>
<html lang="en"><head><title>Gift</title></head><body><main><h1>Gift</h1>{}</main></body></html>
"""


def test_two_elements_of_one_id_are_told_without_the_validator() -> None:
    assert faults_of(PAGE.format('<p id="a">1</p><p id="a">2</p>'))[0] == "two elements have the id a"


@pytest.mark.skipif(not is_installed(), reason="npm's html-validate is not installed: run `npm ci` in tests/node")
@pytest.mark.parametrize(
    "markup, rule",
    [
        ("<p><div>1</div></p>", "close-order"),
        ("<ul><p>1</p></ul>", "element-permitted-content"),
        ('<label for="nothing">1</label>', "no-missing-references"),
        ("<h3>1</h3>", "heading-level"),
        ('<input type="text" type="text">', "no-dup-attr"),
    ],
)
def test_the_validator_tells_what_is_wrong(markup: str, rule: str) -> None:
    assert any(f" {rule}: " in line for line in validated(PAGE.format(markup)))


@pytest.mark.skipif(not is_installed(), reason="npm's html-validate is not installed: run `npm ci` in tests/node")
def test_the_validator_says_nothing_of_a_page_that_is_right() -> None:
    assert validated(PAGE.format("<p>1 &lt; 2</p>")) == []


def test_a_page_is_new_where_an_element_stands_in_another_or_has_other_attributes() -> None:
    first = kinds_of(PAGE.format('<p class="a">1</p>'))
    assert kinds_of(PAGE.format('<p class="b">2</p><p class="c">3</p>')) <= first
    assert not kinds_of(PAGE.format('<div><p class="a">1</p></div>')) <= first
    assert not kinds_of(PAGE.format("<p>1</p>")) <= first


FORMS = (
    '{% from "ui/form.html" import area, checkbox, choices, field, money_field, select %}'
    "{% for part in range(2) %}<form>{{ field('memo', 'Why', hint='Short', error='Too long', limit=9) }}"
    "{{ area('words', 'Words', limit=9) }}{{ money_field('amount', 'Amount', '$') }}{{ checkbox('ok', 'Right') }}"
    "{{ select('design', 'Design', [('a', 'A')]) }}{{ choices('kind', 'Kind', [{'value': 'a', 'title': 'A'}]) }}"
    "</form>{% endfor %}"
)


def test_fields_of_two_forms_have_ids_of_their_own(tmp_path: Path) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "page.html").write_text(FORMS, encoding="utf-8")
    templates = Templates(parts={"part": tmp_path})
    html = templates.render("part/page.html", visit=Visit())
    assert faults_of(PAGE.format(html)) == []
    assert 'aria-describedby="hint-memo-2 error-memo-2 limit-memo-2"' in html
    assert 'data-counter-for="field-words-2"' in html
    assert html.count('name="memo"') == 2
    assert templates.render("part/page.html", visit=Visit()) == html, "each page counts by itself"
