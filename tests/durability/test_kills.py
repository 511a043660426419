"""Processes killed wherever they are: what they acknowledged is there, whole and once, and the next one goes on.

Ordinarily some ten kills of each kind; `pytest -m slow tests/durability` makes 300 of those that record, or as many as
FRONTDOOR_KILLS says.
"""

from __future__ import annotations

import csv
import shutil
import time
from collections import Counter
from pathlib import Path

import pytest

from durability.figures import Figures, chance, many
from durability.nursery import Child, Nursery
from durability.work import NOON, Step, compare, desk_at, desk_over, do, overdue_desk
from frontdoor import SqliteLog
from frontdoor.log.checkpoint import verify

OVERDUE = 250
"""Cases of a log that is killed while it is checked: two whole transactions of a check, and a part."""


class Record:
    """What is known of a log from outside: what processes began in it and acknowledged, over all their lives."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.begun: dict[str, int] = {}
        """By writer, the number of the first step that none of its processes can have begun."""
        self.acknowledged: set[Step] = set()
        self.unheard: set[Step] = set()

    def look(self, figures: Figures, *, is_rebuilt: bool) -> None:
        """Open the log anew, and compare; what the next processes do again is what was not heard of."""
        began = time.perf_counter()
        log = SqliteLog(self.path, patience=60.0)
        figures.longest = max(figures.longest, time.perf_counter() - began)
        with desk_over(log) as desk:
            steps = [Step(writer, number) for writer, upto in self.begun.items() for number in range(upto)]
            found = compare(desk.log, steps, self.acknowledged)
            figures.lost += len(found.lost)
            figures.halved += len(found.halved)
            figures.doubled += found.doubled
            figures.unheard += len(found.unheard - self.unheard)
            self.unheard |= found.unheard
            figures.damaged += is_rebuilt and desk.rebuild() != []

    def do_all_again(self, figures: Figures) -> None:
        """Retry everything that anybody acknowledged or may have begun: each is there once, and nothing is doubled."""
        steps = {Step(writer, number) for writer, upto in self.begun.items() for number in range(upto)}
        with desk_at(self.path) as desk:
            before = compare(desk.log, steps, self.acknowledged)
            for step in sorted(steps):
                do(desk, step)
            found = compare(desk.log, steps, steps)
            figures.lost += len(found.lost)
            figures.doubled += found.doubled
            assert found.there == steps
            assert before.there <= steps
            assert desk.rebuild() == []


def killed_while_recording(nursery: Nursery, folder: Path, kills: int) -> Figures:
    """Kill processes that record, one to three at a log at once and some from three threads, while they open it, record, and
    write its pages back."""
    figures, random = Figures(), chance("kills")
    record, before = Record(folder / "0.db"), 0
    while figures.kills < kills:
        children: dict[Child, list[str]] = {}
        for number in range(random.choice((1, 1, 2, 3))):
            writers = [f"w{number}{thread}" for thread in range(random.choice((1, 1, 3)))]
            again = [f"{w}:{max(0, record.begun.get(w, 0) - random.randrange(1, 5))}" for w in writers]
            for writer in writers:
                record.begun.setdefault(writer, 1)
            children[nursery.begin("record", record.path, random.choice((4, 60, 4000)), 1 << 30, *again)] = []
        for child in children:
            assert child.line() == "ready"
        # a moment at random: while the first opens the log, or once it has acknowledged some
        first, said = next(iter(children.items()))
        said += [first.line() for _ in range(random.choice((0, 1, 8, 40)))]
        time.sleep(0.02 * random.random() ** 2)
        assert all(child.kill() for child in children)  # none has ended by itself
        figures.kills += len(children)
        for child, said in children.items():
            for writer, step in map(str.split, (*said, *child.rest())):
                record.acknowledged.add(Step(writer, int(step)))
                record.begun[writer] = max(record.begun[writer], int(step) + 2)
        record.look(figures, is_rebuilt=random.random() < 0.2)
        if len(record.acknowledged) > 1500:
            record.do_all_again(figures)
            before += len(record.acknowledged)
            record = Record(folder / f"{figures.kills}.db")
    record.do_all_again(figures)
    figures.acknowledged = before + len(record.acknowledged)
    return figures


def nothing_amiss(figures: Figures) -> bool:
    """Whether nothing was lost, halved, doubled or damaged."""
    return (figures.lost, figures.halved, figures.doubled, figures.damaged) == (0, 0, 0, 0)


@pytest.mark.parametrize(
    "kills", [10, pytest.param(many("KILLS", 300), marks=pytest.mark.slow)], ids=["few", "many"]
)  # fmt: skip
def test_what_was_acknowledged_outlives_a_kill_whole_and_retries_double_nothing(
    nursery: Nursery, tmp_path: Path, record_property: pytest.RecordProperty, kills: int
) -> None:
    figures = killed_while_recording(nursery, tmp_path, kills)
    record_property("figures", str(figures))
    assert figures.kills >= kills
    assert figures.acknowledged > kills
    assert nothing_amiss(figures), figures


@pytest.mark.parametrize("kills", [8, pytest.param(100, marks=pytest.mark.slow)], ids=["few", "many"])
def test_a_log_that_is_killed_while_it_is_made_or_opened_opens_again(
    nursery: Nursery, tmp_path: Path, record_property: pytest.RecordProperty, kills: int
) -> None:
    """Every other one is made anew; what it was told its id is, it keeps."""
    figures, random = Figures(), chance("opening")
    for number in range(kills):
        path = tmp_path / f"{number // 2}.db"
        child = nursery.begin("open", path)
        assert child.line() == "ready"
        ids = {child.line() for _ in range(random.choice((0, 0, 1, 2)))}
        time.sleep(0.01 * random.random())
        figures.kills += child.kill()
        ids |= set(child.rest())
        with desk_at(path) as desk:
            assert ids <= {desk.log.log_id}
            do(desk, Step("w", 3 * number))
            assert verify(desk.log.records(), log_id=desk.log.log_id).size == desk.log.size()
            desk.log.inspect()
    record_property("figures", f"{figures.kills} times while it was made or opened; each opened again")


@pytest.mark.parametrize("kills", [4, pytest.param(60, marks=pytest.mark.slow)], ids=["few", "many"])
def test_a_check_that_is_killed_has_recorded_whole_transactions_and_the_next_records_the_rest_once(
    nursery: Nursery, tmp_path: Path, record_property: pytest.RecordProperty, kills: int
) -> None:
    random = chance("check")
    overdue_desk(tmp_path / "begun.db", OVERDUE)
    seen: Counter[int] = Counter()
    lasts = 0.0
    for kill in range(kills):
        path = Path(shutil.copy(tmp_path / "begun.db", tmp_path / "checked.db"))
        child = nursery.begin("check", path, NOON.isoformat())
        assert child.line() == "ready"
        began = time.perf_counter()
        if kill:
            time.sleep(lasts * random.random())
        else:  # the first is let alone until it says what it has recorded, which tells how long that takes
            child.line()
            lasts = time.perf_counter() - began
        child.kill()
        said = set(child.rest()) - {"checked"}
        with SqliteLog(path) as log:
            raised = [event.event_id for event in log.follow() if event.event == "contact.breach_raised"]
        assert len(raised) in (0, 100, 200, OVERDUE)  # so many cases are checked in one transaction
        assert said <= set(raised)
        seen[len(raised)] += 1
        with desk_at(path) as desk:
            assert len(desk.check()) == OVERDUE - len(raised)
            assert len({breach.case_id for breach in desk.log.breaches()}) == OVERDUE
            assert desk.log.size() == 2 * OVERDUE == verify(desk.log.records(), log_id=desk.log.log_id).size
            assert desk.check() == desk.rebuild() == []
        path.unlink()
    record_property("figures", f"{kills} times; breaches recorded by then, and how often: {dict(sorted(seen.items()))}")


@pytest.mark.parametrize("kills", [2, pytest.param(30, marks=pytest.mark.slow)], ids=["few", "many"])
def test_an_import_that_is_killed_goes_on_behind_the_last_transaction_that_is_there(
    nursery: Nursery, tmp_path: Path, record_property: pytest.RecordProperty, kills: int
) -> None:
    random, cases = chance("import"), 200
    file, path = tmp_path / "log.csv", tmp_path / "borough.db"
    with file.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["case_id", "event", "happened_at", "actor", "role", "source", "rationale"])
        for n in range(cases):
            writer.writerow([f"K-{n}", "contact.receive", "2024-03-18T09:00:00+00:00", "o", "manager", "6", ""])
            writer.writerow([f"K-{n}", "contact.refer", "2024-03-18T10:00:00+00:00", "o", "manager", "", "r"])
            writer.writerow([f"K-{n}", "referral.receive", "2024-03-18T10:00:00+00:00", "o", "manager", "", ""])
    stopped = []
    for kill in range(kills):
        child = nursery.begin("import", path, file)
        assert (child.line(), child.line()) == ("ready", "looked")
        heard = [child.line() for _ in range(random.randrange(3))]
        time.sleep(0.004 * random.random())
        child.kill()
        heard += child.rest()
        with desk_at(path) as desk:
            events = list(desk.log.follow())
            size = verify(desk.log.records(), log_id=desk.log.log_id).size
            assert size >= (stopped[-1] if stopped else 0) + max(map(int, filter(None, heard)), default=0)
            assert all(len(desk.case(event.case_id).facts) == 3 for event in events if event.case_id)  # whole cases
            assert desk.rebuild() == []
        stopped.append(size)
        if size >= 3 * cases or kill == kills - 1:
            last = nursery.begin("import", path, file)
            last.rest()
            assert last.wait() == 0
            with desk_at(path) as desk:
                ids = [event.event_id for event in desk.log.follow() if event.event != "desk.imported"]
                assert len(ids) == len(set(ids)) == 3 * cases
                assert desk.rebuild() == []
            path.unlink()
            stopped.append(0)
    record_property("figures", f"{kills} times; events recorded by then: {stopped}")
