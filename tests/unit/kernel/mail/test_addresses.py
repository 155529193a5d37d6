import pytest

from largesse.kernel.mail import EmailInvalid, EmailNotCarried, Mailbox, NotAMailbox, mailbox, read_email, read_mailbox


@pytest.mark.parametrize(
    "typed, read",
    [
        ("largesse@localhost", Mailbox("", "largesse@localhost")),
        ("Gift post <gifts@post.example>", Mailbox("Gift post", "gifts@post.example")),
        ('"Spa, Inc." <a@müller.example>', Mailbox("Spa, Inc.", "a@xn--mller-kva.example")),
        ("Büro\u202e <a@b.example>", Mailbox("Büro", "a@b.example")),
        ("gast@straße.example", Mailbox("", "gast@xn--strae-oqa.example")),
        ("büro@βόλος.example", Mailbox("", "büro@xn--nxasmm1c.example")),
    ],
)
def test_a_mailbox_is_read_with_its_domain_in_ascii(typed: str, read: Mailbox) -> None:
    assert read_mailbox(typed) == read
    assert read_mailbox(str(read)) == read


@pytest.mark.parametrize(
    "typed",
    [
        *(
            "",
            "<>",
            "Ada",
            "a@",
            "@b.example",
            "a b@c.example",
            "a@b@c.example",
            "a@b..c",
            "a@c.example>",
            "<a@b.example",
        ),
        *("a@b.example, c@d.example", "A <a@b.example>, c@d.example", "c@d.example, A <a@b.example>", "A <x@y> <a@b>"),
        *("x\r\n@b.example", "a\u200b@b.example", "=?utf-8?q?a?=@b.example", "a@\u200d.example", "a@" + "b" * 300),
    ],
)
def test_what_names_no_single_address_is_no_mailbox(typed: str) -> None:
    with pytest.raises(NotAMailbox):
        read_mailbox(typed)


def test_an_address_holds_no_line_end() -> None:
    with pytest.raises(NotAMailbox):
        mailbox("a@b.example\r\nBcc: c@d.example")


@pytest.mark.parametrize("typed", ["=?utf-8?q?a=0D=0A?=@example.com", "nobody", "a@b@example.com", "a@i❤.example.com"])
def test_what_is_no_address_is_refused(typed: str) -> None:
    with pytest.raises(EmailInvalid):
        read_email(typed)


def test_an_address_that_others_answer_to_must_be_carried_by_every_server() -> None:
    assert read_email("büro@müller.example") == "büro@müller.example"
    assert read_email("info@müller.example", in_every_mail=True) == "info@müller.example"
    with pytest.raises(EmailNotCarried):
        read_email("büro@müller.example", in_every_mail=True)
