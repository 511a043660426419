"""The census's rules as this project finds them, beside what the public validator finds in the same files."""

from __future__ import annotations

import argparse
import json
import re
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable
from pathlib import Path
from typing import NamedTuple

sys.path.insert(0, str(Path(__file__).parents[1]))
from census_corpus import census

from frontdoor.errors import InputError
from frontdoor.formats import cin_census
from frontdoor.formats.cin_census.rules import RULES

Found = set[tuple[str, str, int]]
"""Code, case, and the number of the referral in it; 0: the child, or the file, as a whole."""
HERE = Path(__file__).parent
CODES = {rule.code for rule in RULES}
EXPECTED = {
    "1104": ["ours"], "2884": ["ours", "theirs"], "2885": ["theirs"], "4003": ["ours", "theirs"], "4004": ["ours", "theirs"],
    "8535Q": ["theirs"], "8565": ["ours"], "8568": ["theirs"], "8585Q": ["theirs"], "8569Q": ["theirs"], "8600": ["theirs"],
    "8670Q": ["theirs"], "8675Q": ["theirs"], "8810": ["theirs"], "8816": ["theirs"], "8825Q": ["theirs"],
    "8831": ["ours"], "8832": ["ours", "theirs"], "8839": ["theirs"], "8863Q": ["ours"], "8868": ["theirs"], "8869": ["ours"], "8870Q": ["ours"],
    "8875": ["ours"], "8890": ["ours"], "8896": ["theirs"], "8935": ["ours", "theirs"], "8940": ["ours"],
}  # fmt: skip
"""Who finds what the other does not, in the corpus at random; README.md says why."""


def ours(content: bytes) -> Found:
    """What this project finds."""
    found = set()
    for one in cin_census.read(content, "census").findings:
        number = re.match(r"cin (\d+)", one.episode)
        found.add((one.rule, one.case_id, int(number[1]) if number else 0))
    return found


class Theirs(NamedTuple):
    """What the validator finds in a file."""

    found: Found
    failed: list[str]
    """The rules that failed, or what stopped it altogether."""
    untold: set[tuple[str, str]]
    """Code and case that it failed on."""


def theirs(python: str, files: Iterable[Path], ruleset: str = "cin2025_26") -> dict[str, Theirs]:
    """What the validator finds in each file."""
    command = [python, "-W", "ignore", str(HERE / "their_findings.py"), ruleset, *map(str, files)]
    said = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    return {
        path: Theirs(
            {(code, case, number) for code, case, number in one["found"] if code in CODES},
            one["failed"],
            {(code, case) for code, case in one["untold"]},
        )
        for path, one in said.items()
    }


def compare(mine: Found, other: Found) -> dict[str, tuple[set[object], set[object]]]:
    """By code, what only we find and what only they find: cases, and where the case is in both, referrals only we name.

    The validator names every row that takes part in what is wrong; of its referrals ours are to be among them.
    """
    differences: dict[str, tuple[set[object], set[object]]] = {}
    for code in sorted(CODES):
        a, b = ({one[1:] for one in found if one[0] == code} for found in (mine, other))
        cases_a, cases_b = {case for case, _ in a}, {case for case, _ in b}
        named = {case for case, number in b if number}
        stray = {(case, number) for case, number in a - b if number and case in cases_b and case in named}
        if cases_a != cases_b or stray:
            differences[code] = ({*(cases_a - cases_b), *stray}, {*(cases_b - cases_a)})
    return differences


def main() -> None:
    """Print, for each code, in how many cases only we and only they find it, with an example."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("python", help="the Python of the environment that the validator is in")
    parser.add_argument("files", nargs="*", type=Path, help="censuses; none: a corpus at random")
    parser.add_argument("--corpus", type=int, default=40, help="how many censuses it has")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        files = options.files or [Path(folder) / f"census-{seed:03}.xml" for seed in range(options.corpus)]
        if not options.files:
            for seed, file in enumerate(files):
                file.write_text(census(seed))
        found = theirs(options.python, files)
        total: dict[str, tuple[list[object], list[object]]] = defaultdict(lambda: ([], []))
        agreed: Counter[str] = Counter()
        failed: Counter[str] = Counter()
        for file in files:
            other = found[str(file)]
            try:
                mine = {one for one in ours(file.read_bytes()) if one[:2] not in other.untold}
            except InputError as error:
                print(error)
                continue
            if not other.found and other.failed:
                print(f"{file.name}: the validator is stopped by it: {other.failed[0]}")
                continue
            failed += Counter(one.partition(",")[0] for one in other.failed)
            agreed += Counter(code for code, _ in {one[:2] for one in mine} & {one[:2] for one in other.found})
            for code, (a, b) in compare(mine, other.found).items():
                total[code][0].extend(a)
                total[code][1].extend(b)
    print(f"{len(files)} files. Cases in which both find the same:")
    print(*(f"{code} {count}" for code, count in sorted(agreed.items())), sep=", ")
    print(*(f"{count:4} files: {one}" for one, count in failed.items()), sep="\n")
    for code, (a, b) in sorted(total.items()):
        print(f"{code:6} only ours {len(a):4} {a[:2]!s:50} only theirs {len(b):4} {b[:2]}")


if __name__ == "__main__":
    main()
