"""What a step costs, interpreted and compiled, beside the least that could be called one: a lookup in a dict.

    python -m tests.benchmarks.step

The bare step keeps the state of each (case, workflow) and looks (state, event) up in a table of where that leads. The
kernel's does as much and judges details, roles, four eyes, lateness and editions, and winds every clock.
"""

from __future__ import annotations

import numpy

from frontdoor import fast
from frontdoor.book import grow, new_book
from frontdoor.formats import flat_csv
from frontdoor.library import Library, load
from frontdoor.replay.columns import Log, lay_out
from frontdoor.rows import Events
from frontdoor.rules import Rules

try:
    from tests.benchmarks import biglog, measure
except ImportError:  # run as a file
    import biglog
    import measure

INTERPRETED_LIMIT, COMPILED_LIMIT = 25, 3


def bare(log: Log, library: Library):
    """A loop over the log in which a step is one lookup."""
    table = {}
    for workflow in library.under().workflows.values():
        for move in workflow.transitions.values():
            name = f"{workflow.name}.{move.name}"
            table |= {(state, name): move.to or state for state in move.from_}
            if move.name == workflow.opens_with:
                table[None, name] = workflow.initial
    events = log.frame["event"].to_list()
    cases, workflows = log.frame["case_id"].to_list(), [event.split(".")[0] for event in events]

    def loop() -> int:
        states: dict[tuple[str, str], str] = {}
        refused = 0
        for case, workflow, event in zip(cases, workflows, events, strict=True):
            to = table.get((states.get((case, workflow)), event))
            if to is None:
                refused += 1
            else:
                states[case, workflow] = to
        return refused

    return loop


def folded(log: Log, speed: fast.Kernel):
    """The kernel's loop over the log, in one of its speeds, into a fresh book."""
    rows, like = log.frame.height, numpy if speed.is_compiled else list
    if speed.is_compiled:
        rules = Rules(*(one if isinstance(one, int) else numpy.asarray(one, "int64") for one in log.compiled.rules))
        events = log.events
    else:
        rules, events = log.compiled.rules, Events(*(numpy.asarray(column).tolist() for column in log.events))

    def loop() -> None:
        book, row = new_book(rules, rows, rows, like=like), 0
        while (row := speed.fold(rules, events, book, row, rows)) < rows:
            book = grow(book)

    return loop


def main() -> None:
    """Microseconds an event, in one process, taking turns."""
    options = measure.options("What a step costs.", events=200_000)
    library = load()
    log = lay_out(flat_csv.read(biglog.text(options.events).encode(), "big.csv"), library)
    peers = {
        "bare": bare(log, library),
        "interpreted": folded(log, fast.interpreted),
        "compiled": folded(log, fast.compiled()),
    }
    costs = {name: took / options.events * 1e6 for name, took in measure.loops(peers, options.runs).items()}
    per = "a lookup in a dict"
    measure.ratio("step interpreted", costs["interpreted"], costs["bare"], INTERPRETED_LIMIT, "us an event", per)
    measure.ratio("step compiled", costs["compiled"], costs["bare"], COMPILED_LIMIT, "us an event", per)


if __name__ == "__main__":
    main()
