"""Children that notice the end of their supervisor."""

import os
import signal
import subprocess
import sys
from pathlib import Path

from largesse.app.parent_watch import VARIABLE, Lifeline

CHILD = """
import signal, sys, time
from largesse.app.parent_watch import stop_with_parent
signal.signal(signal.SIGTERM, lambda *_: (print("stopping", flush=True), sys.exit(0)))
print(stop_with_parent(), flush=True)
time.sleep(float(sys.argv[1]))
print("stayed", flush=True)
"""
PARENT = """
import os, subprocess, sys
from largesse.app.parent_watch import Lifeline
line = Lifeline()
child = subprocess.Popen([sys.executable, "-c", sys.argv[1], "60"], stdout=open(sys.argv[2], "w"),
                         env=os.environ | line.environment, pass_fds=(line.descriptor,))
print(child.pid, flush=True)
child.wait()
"""


def _wait_for(file: Path, text: str, *, timeout_s: float = 100.0) -> str:
    for _ in range(int(timeout_s / 0.02)):
        if file.exists() and text in file.read_text():
            break
        os.sched_yield()
        signal.sigtimedwait([], 0.02)
    return file.read_text()


def test_a_child_stops_in_good_order_when_its_supervisor_is_killed(tmp_path: Path) -> None:
    said = tmp_path / "said"
    parent = subprocess.Popen([sys.executable, "-c", PARENT, CHILD, said], stdout=subprocess.PIPE)
    with parent:
        _wait_for(said, "True")
        parent.kill()
    assert _wait_for(said, "stopping") == "True\nstopping\n"


def test_a_child_stays_while_its_supervisor_lives() -> None:
    line = Lifeline()
    with subprocess.Popen(
        [sys.executable, "-c", CHILD, "0.3"],
        stdout=subprocess.PIPE,
        env=os.environ | line.environment,
        pass_fds=(line.descriptor,),
    ) as child:
        assert child.communicate(timeout=100)[0] == b"True\nstayed\n"
    line.close()


def test_a_process_started_by_hand_has_nobody_to_watch() -> None:
    environment = {name: value for name, value in os.environ.items() if name != VARIABLE}
    with subprocess.Popen([sys.executable, "-c", CHILD, "0.1"], stdout=subprocess.PIPE, env=environment) as child:
        assert child.communicate(timeout=100)[0] == b"False\nstayed\n"
