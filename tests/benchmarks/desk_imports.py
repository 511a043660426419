"""What it costs a case system to import the desk and its log, beside the packages that they cannot do without.

python -m tests.benchmarks.desk_imports
"""

from __future__ import annotations

try:
    from tests.benchmarks import measure
except ImportError:  # run as a file
    import measure  # type: ignore[no-redef]

PEERS = {
    "nothing": ["-c", "pass"],
    "attrs and sqlite3": ["-c", "import attrs, sqlite3"],
    "the desk": ["-c", "from frontdoor import Desk, SqliteLog"],
}
LIMIT = 1.5


def main() -> None:
    """Whole processes, warm: processor time is the figure, the wall beside it."""
    options = measure.options("What it costs to import the desk.", runs=21)
    costs = measure.processes(PEERS, options.runs)
    for name, cost in costs.items():
        print(f"{name:18} {cost.cpu * 1000:7.1f} ms of processor time, {cost.wall * 1000:7.1f} ms on the wall")
    mine, peer = costs["the desk"], costs["attrs and sqlite3"]
    what, per = "from frontdoor import Desk, SqliteLog", "import attrs, sqlite3"
    measure.ratio(what, mine.cpu * 1000, peer.cpu * 1000, LIMIT, "ms", per)
    measure.ratio(f"{what}, on the wall", mine.wall * 1000, peer.wall * 1000, LIMIT, "ms", per)


if __name__ == "__main__":
    main()
