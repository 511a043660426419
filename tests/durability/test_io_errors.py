"""A disk that fails once, at any operation, or is full, at any size: it is said, nothing is half done, and the desk goes on.

Ordinarily at some operations and sizes; `pytest -m slow tests/durability` at each.
"""

from __future__ import annotations

import subprocess
from collections import Counter
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import apsw
import pytest

from durability.adapter import running_on
from durability.disk import Disk, Operation, failing, full
from durability.figures import chance
from durability.nursery import Nursery
from durability.test_power_cuts import NAME, laid_out
from durability.work import Step, compare, desk_over, do, entries_of
from frontdoor import Desk, LogError, SqliteLog
from frontdoor.errors import LogTampered

STEPS = [Step("w", number) for number in range(7)]


class Sitting:
    """Work at a desk on a disk: it is opened twice, recorded in, checked, looked at and closed.

    What fails is tried again, once, when the disk is as it should be.
    """

    def __init__(self, disk: Disk, mended: Callable[[], object]) -> None:
        self._disk, self._mended = disk, mended
        self.said: list[str] = []
        """What went wrong."""

    def work(self) -> None:
        """Do all of it."""
        for some in (STEPS[:3], STEPS[3:]):
            desk = self._twice(self._opened)
            for step in some:
                self._twice(partial(do, desk, step))
                self._twice(partial(desk.case, entries_of(step)[0].case_id))
            self._twice(desk.check)
            self._twice(partial(compare, desk.log, STEPS, []))
            desk.close()

    def _opened(self) -> Desk:
        desk = desk_over(SqliteLog(self._disk.folder / NAME))
        desk.log._ask("PRAGMA wal_autocheckpoint = 20")
        return desk

    def _twice(self, act: Callable[[], Any]) -> Any:
        try:
            return act()
        except LogError as error:
            self.said.append(str(error))
            assert type(error) is LogError
            assert str(error).endswith(".") and "\n" not in str(error)
            self._mended()
            return act()


def run(
    folder: Path, fails: Callable[[Disk], Callable[[Operation], apsw.Error | None]], *, forgets: bool
) -> tuple[int, list[str]]:
    """Work on a disk that fails as it is told; how many operations that took, and what was said.

    Afterwards everything is there, once; and so it is when the power then goes and nothing is left but what was synced.
    """
    laid_out(folder, {})
    with Disk(folder) as disk, running_on(disk):
        disk.forgets, disk.on_operation = forgets, fails(disk)

        def mended() -> None:
            disk.on_operation = lambda operation: None

        sitting = Sitting(disk, mended)
        sitting.work()
        mended()
        operations = disk.operations
        left = disk.cut(chance(operations), some=False)
    all_is_there(folder)
    laid_out(folder, left)
    all_is_there(folder)
    return operations, sitting.said


def all_is_there(folder: Path) -> None:
    """Every step is in the log, once."""
    with desk_over(SqliteLog(folder / NAME)) as desk:
        found = compare(desk.log, STEPS, STEPS)
        assert (found.lost, found.halved, found.doubled) == (set(), set(), 0)
        assert desk.rebuild() == []


def once(at: int, seen: Counter[str]) -> Callable[[Disk], Callable[[Operation], apsw.Error | None]]:
    """A disk that fails at its n-th operation, whatever that is."""

    def fails(disk: Disk) -> Callable[[Operation], apsw.Error | None]:
        def said(operation: Operation) -> apsw.Error | None:
            if disk.operations != at:
                return None
            seen[operation.kind] += 1
            return failing(operation)

        return said

    return fails


def nothing(seen: list[str]) -> Callable[[Disk], Callable[[Operation], apsw.Error | None]]:
    """A disk that never fails, and what it was asked."""
    return lambda disk: lambda operation: seen.append(operation.kind)


@pytest.mark.parametrize("every", [250, pytest.param(1, marks=pytest.mark.slow)], ids=["some", "all"])
def test_an_error_of_the_disk_at_any_operation_is_said_and_nothing_is_half_done(
    memory: Path, record_property: pytest.RecordProperty, every: int
) -> None:
    """Also where the system then takes for written what a sync has failed to write. Of each kind at least the first, the last
    and one in the middle."""
    asked: list[str] = []
    run(memory / "disk", nothing(asked), forgets=False)
    chosen = {*range(1, len(asked) + 1, every)}
    for kind in set(asked):
        places = [place for place, one in enumerate(asked, 1) if one == kind]
        chosen |= {places[0], places[len(places) // 2], places[-1]}
    seen: Counter[str] = Counter()
    said: Counter[bool] = Counter()
    for at in sorted(chosen):
        _, errors = run(memory / "disk", once(at, seen), forgets=True)
        assert len(errors) <= 1
        said[bool(errors)] += 1
    record_property(
        "figures", f"failing {dict(seen)}; {said[True]} said, {said[False]} passed over by SQLite; nothing lost"
    )
    assert set(seen) == {"read", "write", "sync", "truncate", "size", "open", "delete"}
    assert said[True] >= said[False]


def filling(limit: int) -> Callable[[Disk], Callable[[Operation], apsw.Error | None]]:
    """A disk that has room for so many bytes."""

    def fails(disk: Disk) -> Callable[[Operation], apsw.Error | None]:
        return lambda operation: full() if operation.grows and disk.size() + operation.grows > limit else None

    return fails


@pytest.mark.parametrize("every", [15, pytest.param(1, marks=pytest.mark.slow)], ids=["some", "all"])
def test_a_disk_that_is_full_at_any_size_is_said_and_the_log_goes_on_once_there_is_room(
    memory: Path, record_property: pytest.RecordProperty, every: int
) -> None:
    times = 0
    for pages in range(0, 1 << 20, every):
        _, errors = run(memory / "disk", filling(4096 * pages + 100), forgets=False)
        if not errors:
            break
        assert "the disk is full" in errors[0]
        times += 1
    record_property("figures", f"full at {times} sizes up to {4096 * pages:,} bytes; nothing lost")
    assert times > 3


def test_what_is_damaged_while_it_is_read_is_told_as_damage(memory: Path) -> None:
    """A disk that gives back other bytes than were written: no event is taken for another."""
    laid_out(memory / "disk", {})
    with desk_over(SqliteLog(memory / "disk" / NAME)) as desk:
        for step in STEPS:
            do(desk, step)
    whole = (memory / "disk" / NAME).read_bytes()
    (memory / "disk" / NAME).write_bytes(whole[:8192] + bytes(len(whole) - 8192))
    with pytest.raises(LogTampered, match="is damaged"), desk_over(SqliteLog(memory / "disk" / NAME)) as desk:
        compare(desk.log, STEPS, STEPS)


@pytest.fixture
def small(tmp_path: Path) -> Iterator[Path]:
    """A file system with room for 1,700 KiB."""
    folder = tmp_path / "small"
    folder.mkdir()
    try:
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=1700k", "tmpfs", folder], capture_output=True, text=True, check=False
        )
    except OSError as error:
        pytest.skip(f"nothing can be mounted here: {error.strerror}")
    if mounted.returncode:
        pytest.skip(f"nothing can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", folder], check=True)


def test_a_file_system_that_fills_up_is_said_and_the_log_goes_on_once_there_is_room(small: Path) -> None:
    filler = small / "filler"
    filler.write_bytes(bytes(200_000))
    done: list[Step] = []
    with desk_over(SqliteLog(small / NAME)) as desk:
        desk.log._ask("PRAGMA wal_autocheckpoint = 20")
        with pytest.raises(LogError, match="the disk is full|cannot be read or written"):
            while len(done) < 10_000:
                do(desk, step := Step("w", len(done)))
                done.append(step)
        assert compare(desk.log, [*done, step := Step("w", len(done))], done).lost == set()
        filler.unlink()
        do(desk, step)
        found = compare(desk.log, [*done, step], [*done, step])
        assert (found.lost, found.halved, found.doubled) == (set(), set(), 0)


LIMITED = 1_200_000
"""Bytes that a file may have: room for the log's tables, and for little more."""


def test_a_file_that_may_not_grow_any_more_is_said_and_what_was_acknowledged_is_there(
    nursery: Nursery, tmp_path: Path
) -> None:
    """The system's own limit on the size of a process's files."""
    child = nursery.begin("fill", tmp_path / NAME, LIMITED)
    ready, *numbers, said = [child.line(), *child.rest()]
    assert ready == "ready" and numbers
    assert said.startswith(f"{tmp_path / NAME} cannot be ")
    done = [Step("w", int(number)) for number in numbers]
    with desk_over(SqliteLog(tmp_path / NAME)) as desk:
        do(desk, step := Step("w", len(done)))
        found = compare(desk.log, [*done, step], [*done, step])
        assert (found.lost, found.halved, found.doubled) == (set(), set(), 0)
