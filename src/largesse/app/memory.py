"""Spare long-lived processes the work of looking for garbage where there is none."""

import gc

# New objects between two looks at the youngest; requests make cycles rarely, and a look costs more than it finds.
YOUNG_MAX = 20_000
MIDDLE_MAX = 50
OLD_MAX = 100


def seldom() -> None:
    """Let the collector look seldom, from the start of a process: while modules load, nothing of it is garbage.

    With Python's own bounds a quarter of what a start takes of the processor is looking.
    """
    if gc.get_threshold()[0] < YOUNG_MAX:
        gc.set_threshold(YOUNG_MAX, MIDDLE_MAX, OLD_MAX)


def spare_collector() -> None:
    """Take everything that start-up has made out of the collector's sight, and let it look less often.

    Modules, templates and routes are some hundred thousand objects that live as long as the process. Walking them again
    and again is what the slowest requests of a busy server wait for.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(YOUNG_MAX, MIDDLE_MAX, OLD_MAX)
