"""`make mutants`: put single faults into the ledger and tell which of them no test notices.

`N=200 SEED=7` draws so many of all, evenly over the files; `N=0` runs every one. `ONLY="lots.py proofs.sql"` keeps to
files of these names.
"""

import argparse
import ast
import random
import sys
import time
import tomllib
from collections import Counter
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from tests.mutants.mutant import Mutant
from tests.mutants.python_faults import enums_of, python_mutants
from tests.mutants.running import Verdict, prepare, run_all
from tests.mutants.sql_faults import sql_mutants

ROOT = Path(__file__).parents[2]
LEDGER = ROOT / "src" / "largesse" / "ledger"
UNIT = ROOT / "tests" / "unit" / "ledger"
INTEGRATION = ROOT / "tests" / "integration" / "ledger"
BESIDE = {"postings": ROOT / "tests" / "unit" / "app" / "test_posting_table.py"}
"""Who else holds a module: what it says is printed, row by row."""
ACCEPTED = Path(__file__).with_name("accepted.toml")
PROOFS = {"proofs.py": "proofs.sql", "seal_proofs.py": "seals.sql"}
"""Who proves, and where the statements for it are."""
WITHOUT_FAULT_S_MAX = 1200.0
TIMEOUT_S_MIN = 60.0
PATIENCE = 2
SURVIVED = "SURVIVED"
EXAMPLES_FEW = 20
EXAMPLES_MANY = 100
"""Most faults are noticed among few drawn histories. Who is not, is tried again with as many as CI draws."""


def main() -> None:
    """Find the mutants, run them, and fail where one survives that nobody has accepted in writing."""
    options = _options()
    prepare()
    every = _mutants()
    only = options.only.split()
    mutants = [mutant for mutant in every if not only or Path(mutant.file).name in only]
    drawn = _sample(mutants, options.n, options.seed) if options.n else mutants
    _say(f"{len(mutants)} mutants, {len(drawn)} of them are tried by {options.workers} at once (seed {options.seed}).")
    accepted = _accepted()
    counts, began = Counter[str](), time.monotonic()
    timeout_s = max(TIMEOUT_S_MIN, PATIENCE * _seconds_without_fault(drawn[0]))
    run = partial(run_all, root=ROOT, workers=options.workers, timeout_s=timeout_s)
    survivors = list[Verdict]()
    for verdict in run(drawn, _tests_of, examples=EXAMPLES_FEW):
        known = (verdict.mutant.place, verdict.mutant.change) in accepted
        state = _state(verdict, known=known)
        counts[state] += 1
        if state == SURVIVED:
            survivors.append(verdict)
        _say(f"{sum(counts.values()):4} {state:9} {verdict.seconds:5.1f} s  {_name(verdict.mutant)}")
    again = [one.mutant for one in survivors if one.mutant.file.endswith(".py")]
    for verdict in run(again, _drawing_tests, examples=EXAMPLES_MANY):
        if not verdict.survived:
            survivors = [one for one in survivors if one.mutant != verdict.mutant]
            counts[SURVIVED] -= 1
            counts["noticed late"] += 1
            _say(f"noticed late {verdict.seconds:5.1f} s  {_name(verdict.mutant)}")
    _report(survivors, counts, time.monotonic() - began)
    unknown = [key for key in accepted if key not in {(one.place, one.change) for one in every}]
    for place, change in unknown:
        _say(f"accepted.toml names a mutant that is not there any more: {place}: {change}")
    sys.exit(bool(survivors or unknown))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--n", type=int, default=0, help="how many to draw; 0 for all")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="names of files")
    parser.add_argument("--workers", type=int, default=2)
    return parser.parse_args()


def _mutants() -> list[Mutant]:
    sources = {str(path.relative_to(ROOT)): path.read_text() for path in sorted(LEDGER.rglob("*.py"))}
    enums = enums_of(sources)
    found = []
    for file, text in sources.items():
        if Path(file).name != "__init__.py":
            found += python_mutants(file, text, enums)
    for module, statements in PROOFS.items():
        queries = LEDGER / statements
        found += sql_mutants(str(queries.relative_to(ROOT)), queries.read_text(), _statements_of(module))
    return found


def _statements_of(module: str) -> frozenset[str]:
    """Return the names of the statements that a module runs."""
    tree = ast.parse((LEDGER / module).read_text())
    return frozenset(
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "_SQL"
    )


def _tests_of(mutant: Mutant) -> list[str]:
    """Return the tests that hold a file: those without a database first, of both the nearest and quickest first."""
    stem = Path(mutant.file).stem
    if mutant.file.endswith(".sql"):
        return _integration_tests({"proofs": "proofs", "subject_proofs": "subjects"}.get(stem, "seals"))
    beside = [str(BESIDE[stem])] if stem in BESIDE else []
    return [*beside, *_unit_tests(stem), *(_integration_tests(stem) if _needs_database(mutant.text) else ())]


def _drawing_tests(_: Mutant) -> list[str]:
    return [str(path) for path in sorted(UNIT.glob("test_*.py")) if _draws_histories(path.read_text())]


def _unit_tests(stem: str = "") -> list[str]:
    return _nearest(UNIT, stem, _draws_histories)


def _integration_tests(stem: str = "") -> list[str]:
    return _nearest(INTEGRATION, stem, _begins_processes)


def _draws_histories(text: str) -> bool:
    return "hypothesis" in text


def _begins_processes(text: str) -> bool:
    return "subprocess" in text


def _nearest(folder: Path, stem: str, is_slow: Callable[[str], bool]) -> list[str]:
    def distance(path: Path) -> tuple[bool, bool, bool, str]:
        text = path.read_text()
        return path.stem != f"test_{stem}", is_slow(text), f"largesse.ledger.{stem}" not in text, path.name

    return [str(path) for path in sorted(folder.glob("test_*.py"), key=distance)]


def _needs_database(text: str) -> bool:
    return any(
        isinstance(node, ast.ImportFrom) and (node.module or "").startswith("largesse.db")
        for node in ast.walk(ast.parse(text))
    )


def _sample(mutants: Sequence[Mutant], count: int, seed: int) -> list[Mutant]:
    draw = random.Random(seed)
    return draw.sample(mutants, min(count, len(mutants)))


def _seconds_without_fault(mutant: Mutant) -> float:
    """Return how long all tests take; refuse to go on where they fail: every mutant would seem to be noticed."""
    harmless = Mutant(
        file=mutant.file, inside=mutant.inside, kind="none", text=mutant.text, start=0, before="", after=""
    )
    everything = [*_unit_tests(), *_integration_tests()]
    [verdict] = run_all(
        [harmless], lambda _: everything, root=ROOT, workers=1, timeout_s=WITHOUT_FAULT_S_MAX, examples=EXAMPLES_FEW
    )
    if not verdict.survived:
        sys.exit("The tests fail, or take too long, without any fault put in.")
    _say(f"Without a fault the tests pass in {verdict.seconds:.0f} s.")
    return verdict.seconds


def _accepted() -> dict[tuple[str, str], str]:
    entries = tomllib.loads(ACCEPTED.read_text()).get("accepted", [])
    return {(entry["place"], entry["change"]): entry["reason"] for entry in entries}


def _state(verdict: Verdict, *, known: bool) -> str:
    if verdict.timed_out:
        return "timed out"
    if not verdict.survived:
        return "noticed"
    return "accepted" if known else SURVIVED


def _report(survivors: Sequence[Verdict], counts: Counter[str], seconds: float) -> None:
    for verdict in survivors:
        mutant = verdict.mutant
        _say(f"\n{_name(mutant)}\n{mutant.diff()}\nplace = {mutant.place!r}\nchange = {mutant.change!r}")
    told = ", ".join(f"{count} {state}" for state, count in sorted(counts.items()))
    _say(f"\n{told}, in {seconds / 60:.1f} minutes.")


def _name(mutant: Mutant) -> str:
    return f"{mutant.file}:{mutant.line} {mutant.inside}: {mutant.kind}"


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
