import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from largesse.kernel.domain_names import NotADomain, host_to_ascii, to_ascii

SOURCE = Path(__file__).parents[3] / "src" / "largesse"


@pytest.mark.parametrize(
    "name, written",
    [
        ("straße.example", "xn--strae-oqa.example"),
        ("faß.de", "xn--fa-hia.de"),
        ("βόλος.com", "xn--nxasmm1c.com"),
        ("Bücher.Example", "xn--bcher-kva.example"),
        ("日本語。ＪＰ", "xn--wgv71a119e.jp"),
        ("क्\u200dष.भारत", "xn--11b2ezcw70k.xn--h2brj9c"),
        ("１２７。０。０。１", "127.0.0.1"),
        ("_dmarc.müller.example", "_dmarc.xn--mller-kva.example"),
        ("xn--strae-oqa.example", "xn--strae-oqa.example"),
        ("Mail.Example.COM", "mail.example.com"),
    ],
)
def test_a_domain_is_written_as_browsers_and_registries_do(name: str, written: str) -> None:
    assert to_ascii(name) == written


@pytest.mark.parametrize("name", ["i❤.example", "\u200d.example", "ö" * 300, "ü_.example", "ö" * 100_000])
def test_what_no_registry_gives_away_is_refused(name: str) -> None:
    with pytest.raises(NotADomain):
        to_ascii(name)


@given(st.text(max_size=80))
def test_a_name_that_is_written_stays_as_it_is(name: str) -> None:
    try:
        written = to_ascii(name)
    except NotADomain:
        return
    assert written.isascii()
    assert to_ascii(written) == written


@pytest.mark.parametrize(
    "url, written",
    [
        ("https://gutschein.straße.example/x", "https://gutschein.xn--strae-oqa.example/x"),
        (
            "postgresql://ü:pä@müller.example:5432,b.example/x",
            "postgresql://ü:pä@xn--mller-kva.example:5432,b.example/x",
        ),
        ("http://[::1]:8000", "http://[::1]:8000"),
    ],
)
def test_the_hosts_of_a_url_are_written_and_the_rest_is_left(url: str, written: str) -> None:
    assert host_to_ascii(url) == written


def test_nobody_uses_the_codec_of_2003() -> None:
    """It maps `straße` to `strasse`, somebody else's domain."""
    codec = re.compile(r"""(en|de)code\(["']idna|encodings\.idna""")
    assert [path.name for path in SOURCE.rglob("*.py") if codec.search(path.read_text())] == []
