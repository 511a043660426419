"""Reading a log of our own into columns: row for row what its events say, as they stand and as they stood."""

from __future__ import annotations

import atexit
import sqlite3
import tempfile
import uuid
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import attrs
import polars as pl
import pytest
from desks import do, moment, open_desk, play, set_clock, shipped
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from frontdoor import Library, SqliteLog, load
from frontdoor.binding import Bindings
from frontdoor.errors import InputError, LogTampered
from frontdoor.event import Draft, Event, corrected, details_text, stored
from frontdoor.formats import frontdoor_log, segments
from frontdoor.keeping import kept, restore
from frontdoor.moment import bounds, instant
from frontdoor.testing.conformance import a_draft, append, drafts
from frontdoor.testing.conformance import details as any_details
from frontdoor.testing.conformance import happened as any_moment
from frontdoor.testing.desks import desks
from tests.trying import examples

FOLDER = tempfile.TemporaryDirectory()
atexit.register(FOLDER.cleanup)
NOON = datetime(2024, 3, 4, 12, tzinfo=UTC)
LIBRARIES = [shipped(), shipped("london_mash"), load(guidance="working_together_2010")]
NUMBERS = (
    "happened_from", "happened_to", "recorded_from", "recorded_to", "recorded_day", "day", "last_day", "bound", "known_from",
    "known_to",
)  # fmt: skip


def a_path() -> Path:
    return Path(FOLDER.name) / f"{uuid.uuid4()}.db"


def make_log(path: Path, *batches: Sequence[Draft], libraries: Sequence[Library] = LIBRARIES[:1]) -> Path:
    """A log in a file, in which these libraries were used one after another."""
    with SqliteLog(path) as log:
        for library in libraries:
            with log.writing() as writing:
                writing.keep_library(*kept(library), recorded_at=NOON)
        for batch in batches:
            append(log, *batch)
    return path


def plainly(path: Path) -> tuple[list[dict[str, Any]], tuple[str, ...], int]:
    """What reading a log is to give, written as plainly as can be: its rows, its details, and how many events were corrected."""
    with SqliteLog(path, read_only=True) as log:
        library, *older = [restore(content, flows) for _, content, flows in reversed(log.libraries())]
        events = list(log.follow())
    bindings = Bindings(library, older)
    facts = {event.event_id: event for event in events if not event.is_own}
    versions = {id_: [[event, None, None]] for id_, event in facts.items()}
    for event in events:
        if event.is_own and event.name == "corrected":
            assert isinstance(event.recorded_at, datetime)
            of, now = event.details["corrects"], instant(event.recorded_at)
            if versions[of][-1][2] is None:
                versions[of][-1][2] = now
            if event.details["becomes"] is not None:
                versions[of].append([corrected(facts[of], event.details["becomes"]), now, None])
    every = [one for of in versions.values() for one in of]
    names = tuple(sorted({name for event, _, _ in every for name in event.details}))
    rows = [
        _row(*one, bindings) | {f"detail.{name}": _said(one[0].details.get(name)) for name in names} for one in every
    ]
    return rows, names, sum(of[0][2] is not None for of in versions.values())


def _row(event: Event, known_from: int | None, known_to: int | None, bindings: Bindings) -> dict[str, Any]:
    first, last, day, last_day = bounds(event.happened_at)
    recorded = (None,) * 3 if event.recorded_at is None else bounds(event.recorded_at)[:3]
    return {
        "position": event.position, "case_id": event.case_id, "event": event.event, "actor": event.actor, "role": event.role,
        "episode": event.episode, "family": event.family, "happened_from": first, "happened_to": last,
        "recorded_from": recorded[0], "recorded_to": recorded[1], "recorded_day": recorded[2], "day": day, "last_day": last_day,
        "bound": bindings.bound(event.digest, event.event, day), "known_from": known_from, "known_to": known_to,
    }  # fmt: skip


def _said(value: object) -> str:
    return "" if value is None else value.strip() if isinstance(value, str) else details_text(value)


def assert_read(path: Path) -> None:
    """A log reads as it is to: from its rows, then from its rows and columns, then from columns that were there."""
    rows, names, mended = plainly(path)
    said = f"{mended} event{'' if mended == 1 else 's'} of the log stood otherwise before being corrected; --as-known-at shows what was known."
    for span in (segments.SPAN, 3, 3):
        source = frontdoor_log.read(path, "borough.db", span=span)
        assert source.events.to_dicts() == rows
        if rows:
            assert source.events.columns == list(rows[0])
        kinds = {
            name: pl.Int64 if name == "position" or name in NUMBERS else pl.String for name in source.events.columns
        }
        assert dict(source.events.schema) == kinds
        assert (source.details, source.notes) == (names, [said] if mended else [])


# ---- what is read ----


def test_a_log_reads_as_its_events_say(tmp_path: Path) -> None:
    path = tmp_path / "borough.db"
    desk = open_desk("2014-03-03T09:00", log=SqliteLog(path))
    play(desk, """
        2014-03-03T09:00 contact.receive
        2014-03-03T11:30 contact.refer
    """)  # fmt: skip
    do(desk, "referral.acknowledge", at="2014-03-28T09:00", happened_at=date(2014, 3, 27))
    set_clock(desk, "2014-04-02T09:00:00")
    desk.check()
    desk.close()
    source = frontdoor_log.read(path, "borough.db")
    told = source.events.select("position", "event", "day", "happened_from").rows()
    assert [event for _, event, _, _ in told] == [
        "contact.receive",
        "contact.refer",
        "referral.receive",
        "referral.acknowledge",
    ]
    with SqliteLog(path, read_only=True) as log:
        last = log.last()
    assert last is not None and source.digest == f"sha256:{last.link}", "which tells of all that was read"
    assert told[0][2:] == (16132, instant(moment("2014-03-03T09:00")))
    assert_read(path)


@st.composite
def logs(draw: st.DrawFn) -> tuple[list[Library], list[list[Draft]]]:
    """Libraries, and batches of anything that a log may hold, some of it corrected, bound to any of their workflows."""
    libraries = draw(st.lists(st.sampled_from(LIBRARIES), min_size=1, max_size=3, unique_by=id))
    digests = st.sampled_from(["", *(digest for library in libraries for digest in list(kept(library).workflows)[::7])])
    events = st.sampled_from(
        ["referral.receive", "contact.refer", "conference.hold_with_plan", "x", "a.b.c"]
    ) | st.text("ab.", max_size=4)
    facts = [
        attrs.evolve(draft, digest=draw(digests), event=draw(events))
        for draft in draw(st.lists(drafts(), max_size=8, unique_by=lambda draft: draft.event_id))
    ]
    changes = st.fixed_dictionaries({}, optional={
        "happened_at": any_moment.map(stored), "details": any_details, "actor": st.text("xyz "), "event": events,
    })  # fmt: skip
    corrections = [
        a_draft(fact.case_id, event="referral.corrected", recorded_at=NOON + timedelta(hours=hours), digest="", details={
            "corrects": fact.event_id, "becomes": draw(st.none() | changes), "reason": "typed wrongly",
        })
        for fact, hours in draw(st.lists(st.tuples(st.sampled_from(facts), st.integers(0, 9)), max_size=4) if facts else st.just([]))
    ]  # fmt: skip
    checked = [a_draft("", event="desk.checked", details={"at": "", "day": ""}) for _ in range(draw(st.integers(0, 3)))]
    return libraries, [draw(st.permutations([*facts, *checked])), corrections]


@settings(max_examples=examples(30), deadline=None, suppress_health_check=list(HealthCheck))
@given(logs())
def test_any_log_reads_as_its_events_say(made: tuple[list[Library], list[list[Draft]]]) -> None:
    libraries, batches = made
    assert_read(make_log(a_path(), *batches, libraries=libraries))


def in_a_file() -> SqliteLog:
    return SqliteLog(a_path())


class Read(desks(st.just(shipped("london_mash")), make_log=in_a_file)):
    """Whatever a desk has recorded, corrected and noticed, its log reads as its events say."""

    def teardown(self) -> None:
        if hasattr(self, "log") and self.log.libraries():
            assert_read(Path(self.log.path))
        super().teardown()


TestADesk = Read.TestCase
TestADesk.settings = settings(
    max_examples=examples(15),
    stateful_step_count=15,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    phases=set(Phase) - {Phase.explain},
)


# ---- what cannot be read ----


def alter(path: Path, *statements: str) -> None:
    """Change a log as somebody could who can write its file."""
    db = sqlite3.connect(path)
    for trigger in ("events_no_update", "events_no_delete", "library_uses_no_delete", "libraries_no_delete"):
        db.execute(f"DROP TRIGGER IF EXISTS {trigger}")
    for statement in statements:
        db.execute(statement)
    db.commit()
    db.close()


def a_log(path: Path) -> Path:
    return make_log(path, [a_draft(f"C-{number}") for number in range(5)])


@pytest.mark.parametrize(
    "change",
    [
        "happened_at = '2024-02-30'", "happened_at = ''", "happened_at = '1849-12-31'", "happened_at = '2024-01-01/2200-01-01'",
        "happened_at = 'yesterday'", "happened_at = '2024-03-04T12:00:00.000000'", "recorded_at = '04/03/2024'",
        "recorded_at = '2024-03-04T12:00:60+00:00'", "recorded_at = '9999-12-31'", "details = ''", "details = '[1]'",
        "details = '{\"a\":'", "details = '{\"a\": NaN}'", "details = '{\"a\": \"\\ud800\"}'",
    ],
)  # fmt: skip
def test_an_event_that_cannot_be_read_is_named(tmp_path: Path, change: str) -> None:
    path = a_log(tmp_path / "borough.db")
    alter(path, f"UPDATE events SET {change} WHERE position >= 4")
    with pytest.raises(LogTampered, match="event 4 is not as it was recorded: it cannot be read") as caught:
        frontdoor_log.read(path, "borough.db")
    assert caught.value.position == 4


def test_a_correction_of_an_event_that_is_not_there_is_named(tmp_path: Path) -> None:
    gone = {"corrects": str(uuid.uuid4()), "becomes": None, "reason": "typed wrongly"}
    path = make_log(tmp_path / "borough.db", [a_draft(), a_draft(event="referral.corrected", details=gone)])
    with pytest.raises(LogTampered, match="event 2 corrects one that the log does not have") as caught:
        frontdoor_log.read(path, "borough.db")
    assert caught.value.position == 2


def test_an_event_bound_to_a_workflow_that_the_log_does_not_keep_is_named(tmp_path: Path) -> None:
    path = make_log(tmp_path / "borough.db", [a_draft(), a_draft("C-7", digest="d" * 64)])
    with pytest.raises(LogTampered, match="C-7 is bound to a workflow that the log does not keep") as caught:
        frontdoor_log.read(path, "borough.db")
    assert caught.value.position == 2


def test_a_log_that_has_lost_its_workflows_is_no_empty_log(tmp_path: Path) -> None:
    with pytest.raises(LogTampered, match="does not keep the workflows that its events are bound to"):
        frontdoor_log.read(make_log(tmp_path / "borough.db", [a_draft()], libraries=[]), "borough.db")


def test_a_log_in_which_nothing_was_recorded_has_nothing_to_read(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is a log in which nothing has been recorded"):
        frontdoor_log.read(make_log(tmp_path / "borough.db", libraries=[]), "borough.db")


def test_a_log_in_which_only_the_desk_noticed_something_has_no_row(tmp_path: Path) -> None:
    path = make_log(tmp_path / "borough.db", [a_draft("", event="desk.checked", details={"at": "", "day": ""})])
    assert_read(path)
