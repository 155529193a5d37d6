"""What the audit log says of each kind of act."""

import gettext

import pytest

from largesse.domain.staff import Audited
from largesse.interfaces.admin.wording import audit_sentence
from largesse.ui.voice import Voice


@pytest.mark.parametrize("action", list(Audited))
def test_every_act_has_a_sentence(action: Audited) -> None:
    voice = Voice("en", gettext.NullTranslations())
    assert audit_sentence(action.value, voice) != action.value
