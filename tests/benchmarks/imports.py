"""What it costs to import frontdoor, and to ask its command for help, beside the packages that it cannot do without.

python -m tests.benchmarks.imports
"""

from __future__ import annotations

try:
    from tests.benchmarks import measure
except ImportError:  # run as a file
    import measure

PEERS = {
    "nothing": ["-c", "pass"],
    "attrs": ["-c", "import attrs"],
    "the library": ["-c", "from frontdoor import Workflow, Timescale"],
    "click": ["-c", "import click"],
    "help": ["-m", "frontdoor", "--help"],
}
LIMIT = 1.5


def main() -> None:
    """Whole processes, warm: processor time is the figure, the wall beside it."""
    options = measure.options("What it costs to import frontdoor.", runs=21)
    costs = measure.processes(PEERS, options.runs)
    for name, cost in costs.items():
        print(f"{name:12} {cost.cpu * 1000:7.1f} ms of processor time, {cost.wall * 1000:7.1f} ms on the wall")
    for what, peer, per in (
        ("from frontdoor import Workflow, Timescale", "attrs", "import attrs"),
        ("frontdoor --help", "click", "import click"),
    ):
        name = "the library" if peer == "attrs" else "help"
        measure.ratio(what, costs[name].cpu * 1000, costs[peer].cpu * 1000, LIMIT, "ms", per)


if __name__ == "__main__":
    main()
