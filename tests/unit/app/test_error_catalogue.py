"""Every error in the installation has a code of its own, a sentence, and an HTTP status."""

import re
from collections import Counter
from pathlib import Path

import pytest

from largesse.app.error_catalogue import all_errors, document
from largesse.kernel.errors import Conflict, Forbidden, LargesseError, NotFound, Unauthenticated
from largesse.web.statuses import status_of
from tests.support.each import hold_for_each

PAGE = Path(__file__).parents[3] / "docs" / "errors.md"
TESTS = Path(__file__).parents[2]
ERRORS = all_errors()


def _name(error: type[LargesseError]) -> str:
    return error.__qualname__


def test_no_two_errors_share_a_code() -> None:
    assert [code for code, count in Counter(error.code for error in ERRORS).items() if count > 1] == []


def test_a_code_is_stable_and_dotted() -> None:
    def is_stable(error: type[LargesseError]) -> None:
        assert "code" in vars(error), "a code that is inherited is somebody else's"
        assert re.fullmatch(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)*", error.code)

    hold_for_each(ERRORS, is_stable, name=_name)


def test_an_error_has_a_sentence() -> None:
    def has_a_sentence(error: type[LargesseError]) -> None:
        assert error.__doc__
        assert error.message.rstrip().endswith((".", "…"))

    hold_for_each(ERRORS, has_a_sentence, name=_name)


def test_an_error_has_one_status_at_every_interface() -> None:
    def has_a_status(error: type[LargesseError]) -> None:
        assert 400 <= status_of(error) <= 599

    hold_for_each(ERRORS, has_a_status, name=_name)


def test_only_the_kind_itself_and_faults_of_ours_are_500() -> None:
    # A refusal that no kind fits would tell the caller that the fault is ours.
    ours = {error.code for error in ERRORS if status_of(error) == 500}
    assert "internal" in ours
    refusals = {code for code in ours if code.startswith(("order.", "certificate.", "agreement.", "input."))}
    assert {code for code in refusals if not code.endswith(".failed")} == set()


def test_the_page_about_errors_is_current() -> None:
    assert PAGE.read_text(encoding="utf-8") == document(), "run `make docs`"


@pytest.mark.parametrize("kind, status", [(Unauthenticated, 401), (Forbidden, 403), (NotFound, 404), (Conflict, 409)])
def test_a_kind_of_error_has_the_status_that_says_it(kind: type[LargesseError], status: int) -> None:
    assert status_of(kind) == status


def test_every_error_is_named_by_a_test() -> None:
    text = "\n".join(path.read_text(encoding="utf-8") for path in sorted(TESTS.rglob("*.py")))
    words = set(re.findall(r"\w+", text))
    unnamed = [
        error.code
        for error in all_errors()
        if error.__name__ not in words and not re.search(rf"(?<![\w.]){re.escape(error.code)}(?![\w.])", text)
    ]
    assert unnamed == [], "cause each in a test, and name it there by its class or its code"
