"""An account at the stand-in Stripe: its process, and what tests say to it."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.support.stripe_stand_in import KEY_VARIABLE

SECRET_KEY = "sk_test_standinstandinstandin"
WEBHOOK_SECRET = "whsec_standinstandinstandin"


class StripeAccount:
    """Steer the stand-in."""

    def __init__(self, base: str) -> None:
        self.base = base

    def control(self, what: str, **given: object) -> dict[str, Any]:
        """Make the stand-in do something, and return all that it knows then."""
        request = urllib.request.Request(f"{self.base}/_control/{what}", data=json.dumps(given).encode(), method="POST")
        with urllib.request.urlopen(request, timeout=60) as answer:
            result: dict[str, Any] = json.load(answer)
            return result

    def settings(self, **given: object) -> None:
        """Set how it behaves from now on."""
        self.control("settings", **given)

    def state(self) -> dict[str, Any]:
        """Return all that it knows."""
        return self.control("state")

    def session(self, **account: object) -> str:
        """Return the id of the newest session."""
        return str(list(self.control("state", **account)["sessions"])[-1])


@contextmanager
def stripe_account() -> Iterator[StripeAccount]:
    """Run a stand-in for as long as the block runs."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.support.stripe_stand_in"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, KEY_VARIABLE: SECRET_KEY},
    )
    try:
        assert process.stdout is not None
        yield StripeAccount(json.loads(process.stdout.readline())["base"])
    finally:
        process.terminate()
        process.wait(60)
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
