"""What operators count."""

import subprocess
import sys
from pathlib import Path
from types import FrameType

from largesse.app import metrics
from largesse.app.metrics import Metrics

CALLS_MAX = 20  # of Python functions, to count one request

COUNT_IN_ANOTHER_PROCESS = """
import sys
from pathlib import Path
from largesse.app.metrics import Metrics
numbers = Metrics(process=sys.argv[1], folder=Path(sys.argv[2]))
numbers.request(interface="d", route="/r", method="GET", status=200, duration_s=0.01)
numbers.pool(size=4, idle=3)
"""


def count(process: str, folder: Path) -> None:
    subprocess.run([sys.executable, "-c", COUNT_IN_ANOTHER_PROCESS, process, folder], check=True, timeout=60)


def exposition(folder: Path) -> str:
    return Metrics(process="reader", folder=folder).exposition().decode()


def test_the_numbers_of_all_processes_are_added_up(tmp_path: Path) -> None:
    count("web", tmp_path)
    count("web", tmp_path)
    count("worker", tmp_path)
    text = exposition(tmp_path)
    assert 'largesse_request_seconds_count{interface="d",method="GET",route="/r",status="200"} 3.0' in text
    assert 'largesse_request_seconds_bucket{interface="d",le="0.01",method="GET",route="/r",status="200"} 3.0' in text


def test_a_start_forgets_processes_that_are_gone_and_keeps_those_that_live(tmp_path: Path) -> None:
    count("web", tmp_path)
    living = Metrics(process="worker", folder=tmp_path)
    living.duty("expire_certificates", "done")
    metrics.clean(tmp_path)
    text = exposition(tmp_path)
    assert "/r" not in text
    assert 'largesse_duty_runs_total{duty="expire_certificates",outcome="done"} 1.0' in text


def test_a_process_that_replaces_another_takes_over_its_counts_but_not_its_levels(tmp_path: Path) -> None:
    count("web", tmp_path)
    assert 'state="busy"' not in exposition(tmp_path)
    assert "/r" in exposition(tmp_path)


def test_a_start_makes_the_folder(tmp_path: Path) -> None:
    metrics.clean(metrics.folder_of(tmp_path))
    assert metrics.folder_of(tmp_path).is_dir()


def test_everything_that_is_counted_shows() -> None:
    numbers = Metrics(process="test", folder=None)
    numbers.batch("ledger", 17)
    numbers.waiting("ledger", 3)
    numbers.command("Issue", "done")
    numbers.command("Redeem", "certificate.balance.insufficient")
    numbers.attempt("http", "2xx")
    numbers.heartbeat("worker", at_s=12.0)
    numbers.relay(lag_s=1.5, pending=7)
    numbers.pool(size=5, idle=2)
    text = numbers.exposition().decode()
    for line in (
        'largesse_batch_items_bucket{engine="ledger",le="20.0"} 1.0',
        'largesse_batch_waiting{engine="ledger"} 3.0',
        'largesse_ledger_commands_total{kind="Issue",outcome="done"} 1.0',
        'largesse_ledger_commands_total{kind="Redeem",outcome="certificate.balance.insufficient"} 1.0',
        'largesse_relay_attempts_total{outcome="2xx",sender="http"} 1.0',
        'largesse_heartbeat_timestamp_seconds{part="worker"} 12.0',
        "largesse_relay_lag_seconds 1.5",
        "largesse_relay_pending 7.0",
        'largesse_pool_connections{process="test",state="busy"} 3.0',
    ):
        assert line in text


def test_counting_a_request_takes_a_few_calls(tmp_path: Path) -> None:
    numbers = Metrics(process="web", folder=tmp_path)
    calls = 0

    def called(_frame: FrameType, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    for _ in range(3):  # the first time makes the child that the others find
        calls = 0
        sys.setprofile(called)
        numbers.request(interface="d", route="/r", method="GET", status=200, duration_s=0.003)
        sys.setprofile(None)
    assert calls <= CALLS_MAX


COUNT_WITHOUT_ROOM = """
import resource, sys
from pathlib import Path
resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, 100_000))
from largesse.app import metrics
from largesse.app.metrics import Metrics
folder = Path(sys.argv[1]) / "run" / "metrics"
metrics.clean(folder)
numbers = Metrics(process="web", folder=folder)
for number in range(2000):
    numbers.request(interface="d", route=f"/{number}", method="GET", status=200, duration_s=0.01)
print(len(numbers.exposition()), list(folder.iterdir()))
"""


def test_a_process_counts_in_memory_where_there_is_no_room_for_its_files(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", COUNT_WITHOUT_ROOM, tmp_path], check=True, timeout=60, capture_output=True, text=True
    )
    size, left = done.stdout.split()[-2:]
    assert int(size) > 10_000
    assert left == "[]"
    assert "metrics_in_memory" in done.stdout + done.stderr


def test_the_files_never_grow_by_holes_however_much_is_counted(tmp_path: Path) -> None:
    numbers = Metrics(process="web", folder=tmp_path)
    before = {path.name: path.stat().st_blocks * 512 for path in tmp_path.iterdir()}
    for number in range(3000):
        numbers.request(interface="storefront", route=f"/{number}{'x' * 40}", method="GET", status=200, duration_s=0.01)
        numbers.command(f"Kind{number}", "certificate.number.invalid")
    after = {path.name: (path.stat().st_size, path.stat().st_blocks * 512) for path in tmp_path.iterdir()}
    assert {name: size for name, (size, _) in after.items()} == before
    assert all(size <= filled for size, filled in after.values())
    assert 'largesse_request_seconds_count{interface="other",method="other",route="other",status="0"}' in exposition(
        tmp_path
    )
