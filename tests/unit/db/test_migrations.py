"""Migrations are one chain: two that were written side by side would leave a database that cannot be migrated."""

import re
from pathlib import Path

VERSIONS = Path(__file__).parents[3] / "src" / "largesse" / "db" / "migrations" / "versions"


def test_each_migration_follows_the_one_before_it() -> None:
    chain = list[tuple[str, str, str]]()
    for path in sorted(VERSIONS.glob("v*.py")):
        found = re.findall(r'^(?:down_)?revision = (?:"(\d{4})"|None)$', path.read_text(encoding="utf-8"), re.MULTILINE)
        chain.append((path.name[1:5], *found))
    before = ["", *(number for number, _, _ in chain)]
    assert chain == [(f"{at:04}", f"{at:04}", before[at - 1]) for at in range(1, len(chain) + 1)]
