"""What strangers may not type into mails of ours: where to reach somebody."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel.contacts import names_contact

CONTACTS = (
    "https://evil.example",
    "HTTP://1.1.1.1/",
    "www.evil",
    "evil.example",
    "Thanks.It",
    "see bücher.de/now",
    "пример.рф",
    "пример.xn--p1ai",
    "evil\u3002example",
    "evil\uff0eexample",
    "ｅｖｉｌ.ｅｘａｍｐｌｅ",
    "ada@example",
    "mailto:ada@example.com",
    "call 212-555-0100 1",
    "+49 30 1234567",
    "0049 (30) 12 34 567",
    "٠٣٠١٢٣٤٥٦٧",
    "0301234567",
)
PLAIN = (
    "",
    "Thank you so much, dear Grace! What a lovely surprise.",
    "It came on 24.12.2026, at 09:00. Merci !",
    "2026-12-24 at 9 a.m.",
    "You gave me $1,000.00 of joy... really",
    "1.000,00 € sind viel. 🎂",
    "3.5 hours; 100 % of it",
    "See you @ home",
    "سلام و سپاس",
)


@pytest.mark.parametrize("text", CONTACTS)
def test_what_mail_programs_make_links_of_is_found(text: str) -> None:
    assert names_contact(text)


@pytest.mark.parametrize("text", PLAIN)
def test_what_people_say_is_let_through(text: str) -> None:
    assert not names_contact(text)


WORDS = st.text(st.characters(categories=("Ll", "Lu", "Lo", "Zs")), max_size=20)


@given(before=WORDS, contact=st.sampled_from(CONTACTS), after=WORDS)
def test_a_contact_is_found_wherever_it_stands(before: str, contact: str, after: str) -> None:
    assert names_contact(f"{before} {contact} {after}")


@given(text=st.text(st.characters(categories=("Ll", "Lu", "Lo", "Zs", "So")), max_size=200))
def test_letters_and_spaces_alone_are_never_a_contact(text: str) -> None:
    assert not names_contact(text)
