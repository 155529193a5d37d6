"""Why a batch of the portal stopped: said for whatever code placing may keep."""

from gettext import NullTranslations

from largesse.app.error_catalogue import all_errors
from largesse.interfaces.admin.portal.batch_pages import refusal_sentence_of
from largesse.kernel.errors import LargesseError
from largesse.ui import Voice

ENGLISH = Voice("en", NullTranslations())


def test_every_code_that_may_stop_a_batch_says_why() -> None:
    vague = LargesseError.message
    own = {one.code for one in all_errors() if one.message != vague}
    assert "currency.unknown" in own
    assert sorted(code for code in own if refusal_sentence_of(code, ENGLISH) == vague) == []


def test_what_no_version_knows_any_more_says_that_something_went_wrong() -> None:
    assert refusal_sentence_of("no.such.code", ENGLISH) == LargesseError.message
