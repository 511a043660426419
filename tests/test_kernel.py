"""The kernel is one source at two speeds: interpreted and compiled they agree, refused it leaves no trace, and it can
be stopped and given room before any row.

Logs are made of random rows of integers, legal and not, within the workflows that ship. Compiling takes some 20 seconds
a variant where the machine has not done it before, so all that compiles runs in one worker.
"""

from __future__ import annotations

import os
import random
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import attrs
import numpy
import pytest

from frontdoor import fast, kernel, verdict
from frontdoor.book import Book, grow, new_book
from frontdoor.compiled import EVERYTHING, Carries, Compiled, Rules, compile_rules
from frontdoor.library import load
from frontdoor.rows import NEVER, NOBODYS_ROLE, UNBOUND, Events
from frontdoor.workflow import ROLES

DAY = 86_400_000_000
EVERY_DETAIL = (1 << 60) - 1
SEEDS = range(60)


@cache
def compiled_rules(carries: Carries = EVERYTHING) -> Compiled:
    return compile_rules(load(local=["london_mash", "wexcombe"]), carries)


@cache
def with_older() -> Compiled:
    """The same beside an older library, to whose editions episodes may be bound; there a referral opened with another
    event."""
    library, older = load(local=["london_mash", "wexcombe"]), load(local=["wexcombe"])
    composed = {}
    for name, one in older.composed.items():
        flow = attrs.evolve(one.workflows["referral"], opens_with="acknowledge")
        composed[name] = attrs.evolve(one, workflows={**one.workflows, "referral": flow})
    return compile_rules(library, EVERYTHING, None, (attrs.evolve(older, composed=composed),))


@cache
def census_like() -> Compiled:
    """The same for a source that holds neither decisions nor submissions."""
    every = compiled_rules().transitions
    held = frozenset(name for name in every if name.split(".")[1] not in ("accept", "submit", "request", "rate_red"))
    return compiled_rules(Carries(held, roles=False, details=frozenset()))


def journeys(seed: int, *, spotless: float = 0.0, rows: int = 80) -> tuple[Compiled, Events]:
    """Random events of a few cases in the order they are folded; a share `spotless` of them by nobody in particular,
    recorded at once, with every detail, and mostly where it is allowed."""
    rng = random.Random(seed)
    compiled = rng.choice([compiled_rules(), census_like(), with_older()]) if not spotless else compiled_rules()
    rules = compiled.rules
    workflows = rng.sample(range(len(compiled.workflows)), rng.randint(1, 5))
    likely = [t for t, w in enumerate(rules.wf) if w in workflows]
    openers = [rules.opener[w] for w in workflows]
    eras = [(2006, 13_239), (2010, 14_685), (2013, 15_810), (2014, 16_300), (2030, 22_270)]
    columns: dict[str, list[int]] = {name: [] for name in Events._fields}
    labels: dict[tuple[int, int, int], int] = {}
    for case in range(rng.randint(1, 5)):
        day = rng.choice(eras)[1] + rng.randint(-20, 20)
        for n in range(rows // 4):
            day += rng.choice([0, 0, 0, 1, 1, 2, 5, 30])
            t = rng.choice(openers if n == 0 or rng.random() < 0.15 else likely)
            clean = rng.random() < spotless
            if not clean and rng.random() < 0.05:
                t = -1
            label = -1
            if t >= 0 and rng.random() < 0.3:
                label = labels.setdefault((case, rules.wf[t], rng.randint(0, 2)), len(labels))
            last_day = day if clean or rng.random() < 0.85 else day + rng.randint(0, 4)
            moment = rng.random() < 0.5 and last_day == day
            earliest = day * DAY + (rng.randrange(DAY) if moment else 0)
            row = {
                "case": case, "transition": t, "label": label, "earliest": earliest,
                "latest": earliest if moment else (last_day + 1) * DAY - 1, "day": day, "last_day": last_day,
                "recorded_day": NEVER if clean or rng.random() < 0.6 else day + rng.randint(-1, 6),
                "actor": -1 if clean else rng.randint(-1, 2),
                "role": -1 if clean else rng.choice([-1, *range(len(ROLES)), NOBODYS_ROLE]),
                "given": EVERY_DETAIL if clean or rng.random() < 0.5 else rng.getrandbits(40),
                "bound": UNBOUND if clean or rng.random() < 0.7 else rng.randint(-1, rules.sizes[3] - 1),
            }  # fmt: skip
            for name, value in row.items():
                columns[name].append(value)
    return compiled, Events(**columns)


def arrays(columns):
    """The same rules or events as numpy arrays."""
    return type(columns)(*(one if isinstance(one, int) else numpy.asarray(one, "int64") for one in columns))


def folded(speed: fast.Kernel, rules: Rules, events: Events, book: Book | None = None) -> Book:
    """The book of all rows, grown whenever the fold asks for it."""
    rows = len(events.case)
    if speed.is_compiled:
        rules, events = arrays(rules), arrays(events)
    like = numpy if speed.is_compiled else list
    book = book or new_book(rules, rows, rows, like=like)
    row = 0
    while (row := speed.fold(rules, events, book, row, rows)) < rows:
        book = grow(book)
    return book


def judged(speed: fast.Kernel, rules: Rules, events: Events, book: Book, at_day: int) -> list[list[int]]:
    count = int(book.tally[3])
    if speed.is_compiled:
        rules, events = arrays(rules), arrays(events)
    verdicts = [numpy.zeros(count, "int64") if speed.is_compiled else [0] * count for _ in range(5)]
    speed.judge_all(rules, events, book, at_day * DAY, at_day, *verdicts)
    return [list(map(int, column)) for column in verdicts]


def plain(book: Book) -> dict[str, list[int]]:
    return {name: list(map(int, column)) for name, column in zip(book._fields, book, strict=True)}


def copied(book: Book) -> Book:
    return Book(*(list(column) for column in book))


def test_the_random_logs_meet_every_fault_and_every_verdict():
    faults, statuses, whys = 0, set(), set()
    for seed in SEEDS:
        compiled, events = journeys(seed)
        book = folded(fast.interpreted, compiled.rules, events)
        for mask in book.faults[: len(events.case)]:
            faults |= mask
        verdicts = judged(fast.interpreted, compiled.rules, events, book, max(events.last_day) + 30)
        statuses |= set(verdicts[0])
        whys |= set(verdicts[1])
    assert faults == (1 << len(kernel.FAULTS)) - 1
    assert statuses == set(range(len(verdict.STATUSES)))
    assert whys == {0, verdict.NO_EDITION, verdict.NO_ANCHOR, verdict.CALENDAR_ENDS, verdict.UNSEEN, verdict.BETWEEN}


@pytest.mark.parametrize("boundscheck", [False, True])
def test_compiled_and_interpreted_agree_on_every_cell(boundscheck):
    quick = fast.compiled(boundscheck=boundscheck)
    for seed in SEEDS:
        compiled, events = journeys(seed)
        slow_book = folded(fast.interpreted, compiled.rules, events)
        quick_book = folded(quick, compiled.rules, events)
        assert plain(quick_book) == plain(slow_book), seed
        at_day = max(events.last_day)
        assert judged(quick, compiled.rules, events, quick_book, at_day) == judged(
            fast.interpreted, compiled.rules, events, slow_book, at_day
        ), seed


def test_compiled_the_fold_asks_for_room_where_it_does_interpreted():
    quick = fast.compiled(boundscheck=True)
    for seed in SEEDS[:10]:
        compiled, events = journeys(seed)
        books = []
        for speed in (quick, fast.interpreted):
            small = cramped(compiled.rules, events)
            if speed.is_compiled:
                small = arrays(small)
            books.append(plain(folded(speed, compiled.rules, events, small)))
        assert books[0] == books[1], seed


def test_compiled_a_refused_step_leaves_the_book_as_it_was():
    quick = fast.compiled(boundscheck=True)
    for seed in SEEDS[:5]:
        compiled, events = journeys(seed, spotless=0.6)
        rules, events = arrays(compiled.rules), arrays(events)
        book = new_book(rules, len(events.case) * 3, len(events.case), like=numpy)
        kernel.new_case(rules, book)
        for row in range(len(events.case)):
            before = {name: column.tobytes() for name, column in zip(book._fields, book, strict=True)}
            if quick.step(rules, events, book, row, False):
                after = {name: column.tobytes() for name, column in zip(book._fields, book, strict=True)}
                assert [name for name in before if before[name] != after[name]] == [], (seed, row)


def test_a_refused_step_leaves_the_book_as_it_was_and_one_without_fault_is_the_believed_one():
    refused = accepted = 0
    for seed in SEEDS:
        compiled, events = journeys(seed, spotless=0.75)
        rules, rows = compiled.rules, len(events.case)
        book = new_book(rules, rows * 3, rows)
        for row in range(rows):
            if row == 0 or events.case[row] != events.case[row - 1]:
                kernel.new_case(rules, book)
            before, believed = copied(book), copied(book)
            faults = kernel.step(rules, events, book, row, False)
            assert kernel.step(rules, events, believed, row, True) == faults
            if faults:
                changed = [name for name, old, new in zip(book._fields, before, book, strict=True) if old != new]
                assert changed == [], (seed, row)
                refused += 1
                if seed % 2:  # go on from what was believed, else from what was refused
                    book = believed
            else:
                assert book == believed, (seed, row)
                accepted += 1
    assert refused > 500
    assert accepted > 500


def test_room_made_before_every_row_changes_nothing():
    for seed in SEEDS[:20]:
        compiled, events = journeys(seed, rows=24)
        rules, rows = compiled.rules, len(events.case)
        at_once = folded(fast.interpreted, rules, events)
        book = cramped(rules, events)
        for row in range(rows):
            if len(book.timer) < 50_000:
                book = grow(book)
            while kernel.fold(rules, events, book, row, row + 1) == row:
                book = grow(book)
        assert trimmed(book) == trimmed(at_once), seed


def test_a_book_with_hardly_any_room_is_grown_when_the_fold_asks_for_it():
    grown = 0
    for seed in SEEDS[:20]:
        compiled, events = journeys(seed)
        small = cramped(compiled.rules, events)
        book = folded(fast.interpreted, compiled.rules, events, small)
        assert trimmed(book) == trimmed(folded(fast.interpreted, compiled.rules, events)), seed
        grown += len(book.timer) > len(small.timer)
    assert grown == 20


def test_no_step_writes_more_deadlines_than_it_is_given_room_for():
    most = 0
    for seed in SEEDS:
        compiled, events = journeys(seed, rows=24)
        rules, rows = compiled.rules, len(events.case)
        book = new_book(rules, rows * 3, rows)
        for row in range(rows):
            if row == 0 or events.case[row] != events.case[row - 1]:
                kernel.new_case(rules, book)
            room, before = kernel.room(rules, book), book.tally[3]
            kernel.step(rules, events, book, row, True)
            assert book.tally[3] - before <= room, (seed, row)
            most = max(most, book.tally[3] - before)
    assert most >= 3, "some steps write several"


def test_grown_columns_keep_their_cells_and_end_in_none():
    compiled, events = journeys(1)
    book = folded(fast.interpreted, compiled.rules, events)
    longer = grow(book)
    for name, old, new in zip(book._fields, book, longer, strict=True):
        assert new[: len(old)] == old, name
        assert set(new[len(old) :]) <= {-1}, name
    assert len(longer.timer) == 2 * len(book.timer)
    assert trimmed(grow(arrays(book))) == trimmed(book)


def cramped(rules: Rules, events: Events) -> Book:
    """An empty book with one cell in every column that grows."""
    rows = len(events.case)
    book = new_book(rules, rows, rows)
    names = ("first", "last", "claimed", "claimant", "deadline", "timer", "whose", "anchored", "by_anchor", "again")
    return book._replace(**{name: [-1] for name in (*names, "stopped", "unseen_from")})


def trimmed(book: Book) -> dict[str, list[int]]:
    """The book without the room that is left at the end of its columns."""
    found = plain(book)
    for column in found.values():
        while column and column[-1] == -1:
            column.pop()
    return found


# The machine code is kept by the digest of what it is made from.


def inquire(package: Path, code: str, **environment: str) -> str:
    """What a Python with `frontdoor` in the folder `package` prints."""
    run = subprocess.run(
        [sys.executable, "-c", code], env={**os.environ, "PYTHONPATH": str(package), **environment}, cwd=package,
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return run.stdout.strip()


@pytest.fixture
def package(tmp_path) -> Path:
    shutil.copytree(Path(kernel.__file__).parent, tmp_path / "frontdoor", ignore=shutil.ignore_patterns("__pycache__"))
    return tmp_path


FOLDER = "from frontdoor import fast; print(fast.cache_folder())"


def test_the_folder_of_the_machine_code_follows_the_sources_it_is_made_from(package):
    names = {inquire(package, FOLDER)}
    assert names == {str(fast.cache_folder())}
    for module in ("kernel", "verdict", "counting", "rules", "book", "rows", "fast"):
        with (package / "frontdoor" / f"{module}.py").open("a") as source:
            source.write("\nANOTHER = 7\n")
        names.add(inquire(package, FOLDER))
    assert len(names) == 8


def test_a_process_that_began_before_its_files_were_replaced_does_not_keep_its_machine_code_as_that_of_the_new(package):
    replaced = """
from pathlib import Path
from frontdoor import fast, kernel
file = Path(kernel.__file__)
file.write_text(file.read_text().replace("AFTER_CLOSE, UNKNOWN, MISSING, WRONG_ROLE, SAME_PERSON = 1, 2, 4", "AFTER_CLOSE, UNKNOWN, MISSING, WRONG_ROLE, SAME_PERSON = 2, 1, 4"))
print(fast.cache_folder())
"""
    before = inquire(package, FOLDER)
    assert inquire(package, replaced) == before
    assert inquire(package, FOLDER) != before


def test_the_folder_of_the_machine_code_stays_when_something_else_changes(package):
    with (package / "frontdoor" / "errors.py").open("a") as source:
        source.write("\n# another version\n")
    assert inquire(package, FOLDER) == str(fast.cache_folder())


def test_the_machine_code_is_kept_where_caches_are_kept(package, tmp_path):
    assert inquire(package, FOLDER, XDG_CACHE_HOME=str(tmp_path)).startswith(str(tmp_path / "frontdoor" / "kernel-"))
    code = "from frontdoor import fast; print(fast.is_warm())"
    assert inquire(package, code, XDG_CACHE_HOME=str(tmp_path)) == "False"


def test_without_numba_the_compiled_kernel_says_how_to_get_it(package):
    code = """
import sys
sys.modules["numba"] = None
from frontdoor import errors, fast
print(fast.available())
try:
    fast.compiled()
except errors.MissingExtra as error:
    print(error)
"""
    told = inquire(package, code).splitlines()
    assert told == ["False", "The compiled kernel needs numba, which is not installed: pip install 'frontdoor[fast]'"]
