"""Run Python as an ordinary user, where the tests run as root."""

import os
import pwd
import shutil
import subprocess
import sys
from functools import cache
from typing import Any

import pytest


def uid() -> int:
    """Return the number of that user: nobody for root, else ourselves."""
    return os.geteuid() or pwd.getpwnam("nobody").pw_uid


def popen_options() -> dict[str, Any]:
    """Return the arguments of `subprocess` that make a child that user, with our packages to import."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    options: dict[str, Any] = {"cwd": "/", "env": environment}
    if os.geteuid() != 0:
        return options
    nobody = pwd.getpwnam("nobody")
    return options | {"user": nobody.pw_uid, "group": nobody.pw_gid, "extra_groups": []}


@cache
def python() -> str:
    """Return a Python that this user can run; skip the test where there is none.

    Ours may be installed where only root may go; then the system's own of the same version does as well.
    """
    name = f"python{sys.version_info.major}.{sys.version_info.minor}"
    for candidate in (sys.executable, shutil.which(name, path="/usr/bin:/usr/local/bin")):
        if candidate is not None and _runs(candidate):
            return candidate
    pytest.skip("an ordinary user cannot run this Python, which is installed for root alone")


def _runs(program: str) -> bool:
    try:
        subprocess.run([program, "-c", "import largesse.db"], check=True, capture_output=True, **popen_options())
    except (OSError, subprocess.CalledProcessError):
        return False
    return True
