"""The forms of a page as a browser would send them, read from its HTML."""

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

import lxml.html


class SentForm(NamedTuple):
    """A form that is posted: where to, what it sends as it stands, and the values that each choice of it offers."""

    action: str
    fields: Mapping[str, str]
    choices: Mapping[str, frozenset[str]]


def forms_on(page: str, *, at: str, method: str = "POST") -> Iterator[SentForm]:
    """Every form of a page that is posted; one without an action is posted to where the page is, `at`."""
    document: Any = lxml.html.document_fromstring(page)
    for form in document.forms:
        if form.method == method:
            yield SentForm(str(form.action or at).partition("#")[0], _sent(form), _offered(form))


def _sent(form: Any) -> dict[str, str]:
    """What is sent as it stands, by whoever presses Enter: no button, and of radio buttons the one that is chosen."""
    return {name: str(value or "") for name, value in form.form_values()}


def _offered(form: Any) -> dict[str, frozenset[str]]:
    """What its selects, radio buttons and named buttons offer."""
    found = dict[str, set[str]]()
    for one in form.iter("select"):
        found.setdefault(one.get("name"), set()).update(
            each.get("value", each.text or "") for each in one.iter("option")
        )
    for one in form.iter("input", "button"):
        if one.get("name") and (one.get("type") == "radio" or one.tag == "button"):
            found.setdefault(one.get("name"), set()).add(one.get("value", "on"))
    return {name: frozenset(values) for name, values in found.items() if name and values}
