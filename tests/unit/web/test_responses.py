"""Headers of answers that are saved as files."""

import re
from urllib.parse import unquote

from hypothesis import given
from hypothesis import strategies as st

from largesse.web.responses import attachment


@given(st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=40))
def test_a_file_is_saved_under_its_name_whatever_stands_in_it(name: str) -> None:
    header = attachment(name)
    found = re.fullmatch(r"attachment; filename=\"([\w.-]+)\"; filename\*=UTF-8''([\w.~%-]+)", header, re.ASCII)
    assert found is not None, header
    assert unquote(found[2]) == name
    assert len(found[1]) == len(name)
