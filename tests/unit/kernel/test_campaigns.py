"""What links say of campaigns: short plain words, and nothing else."""

import string
from urllib.parse import parse_qsl, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel.campaigns import NO_CAMPAIGN, Campaign, read_campaign

NAMES = ("utm_source", "utm_medium", "utm_campaign")
PLAIN = string.ascii_letters + string.digits + "._-"
words = st.one_of(
    st.text(PLAIN, max_size=70),
    st.text(max_size=70),
    st.sampled_from(["", "a b", "a\n", "*", "é", "٣", "<b>", "a" * 64, "a" * 65, "a/b", "%41"]),
)


@given(st.dictionaries(st.sampled_from([*NAMES, "utm_term", "utm_id", "gclid", "lang"]), words))
def test_only_short_plain_words_of_three_fields_are_taken(asked: dict[str, str]) -> None:
    found = dict(read_campaign(asked).fields)
    for name in NAMES:
        word = asked.get(name, "")
        good = 1 <= len(word) <= 64 and set(word) <= set(PLAIN)
        assert found.get(name, "") == (word if good else "")
    assert set(found) <= set(NAMES)


@given(st.dictionaries(st.sampled_from(NAMES), words), st.sampled_from(["/spa", "/spa?kept=1#choose", "/spa#choose"]))
def test_an_address_hands_on_what_was_read_and_keeps_what_it_had(asked: dict[str, str], path: str) -> None:
    campaign = read_campaign(asked)
    led = urlsplit(campaign.onto(path))
    was = urlsplit(path)
    assert (led.path, led.fragment) == (was.path, was.fragment)
    assert dict(parse_qsl(led.query)) == dict(parse_qsl(was.query)) | dict(campaign.fields)
    assert read_campaign(dict(parse_qsl(led.query))) == campaign


def test_no_campaign_changes_no_address() -> None:
    assert read_campaign({}) == NO_CAMPAIGN
    assert NO_CAMPAIGN.onto("/spa?a=1") == "/spa?a=1"
    assert Campaign("mail").onto("/spa") == "/spa?utm_source=mail"
