"""Several processes may start for the first time at once; they all end up with one key."""

import subprocess
import sys
from pathlib import Path

PROGRAM = """
import sys
from datetime import UTC, datetime
from pathlib import Path
from largesse.adapters.keyring import FileKeyring
sys.stdin.readline()
print(FileKeyring.open_or_create(Path(sys.argv[1]), now=datetime(2026, 11, 22, tzinfo=UTC)).current_key_id)
"""


def test_of_several_first_starts_at_once_one_makes_the_key(tmp_path: Path) -> None:
    path = tmp_path / "keys.json"
    started = [
        subprocess.Popen(
            [sys.executable, "-c", PROGRAM, path], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        for _ in range(4)
    ]
    for process in started:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    ids = {process.communicate(timeout=60)[0].strip() for process in started}
    assert len(ids) == 1
    assert ids != {""}
