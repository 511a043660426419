"""`frontdoor forget`, and the commands over a log whose details are sealed."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import click
import pytest
from desks import do, open_desk

from frontdoor import Desk, SqliteLog
from frontdoor.log.keyfile import KeyFile
from tests.commands import Ran, frontdoor, record

WORDS = "her grandmother rang"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A case that was referred and is under way, and another that was closed; both have words."""
    folder = tmp_path_factory.mktemp("made")
    with SqliteLog(folder / "b.db", keys=folder / "apart.keys") as log:
        desk = open_desk("2024-03-04T09:00", log=log)
        do(desk, "contact.receive", details={"source": "6", "note": WORDS})
        do(desk, "contact.refer", at="2024-03-04T10:00", details={"rationale": f"{WORDS} twice"})
        do(desk, "referral.accept", at="2024-03-08T10:00", details={"rationale": f"{WORDS} again"})
        do(desk, "contact.receive", "C-2", details={"source": "2", "note": "other words"})
    return folder


@pytest.fixture
def log(tmp_path: Path, made: Path) -> Path:
    """A copy of it, and of its keys."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path / "b.db"


def keys_of(log: Path) -> Path:
    return log.with_name("apart.keys")


def accept_clock(log: Path) -> None:
    """The log is of 2024, and the commands go by today's clock."""
    said = ("--actor", "it-3", "--role", "manager", "--because", "nothing was recorded for years")
    assert frontdoor("accept-clock", log, *said).status == 0


def forget(log: Path, *words: object, case: str = "C-1", though_open: bool = True) -> Ran:
    return frontdoor(
        "forget",
        log,
        "--case",
        case,
        "--keys",
        keys_of(log),
        "--actor",
        "records-1",
        "--because",
        "schedule of 2030",
        *(["--open"] if though_open else []),
        *words,
    )


def test_what_is_recorded_with_keys_binds_the_log_to_them_though_it_has_no_words(tmp_path: Path) -> None:
    log, keys = tmp_path / "sk.db", tmp_path / "sk.keys"
    assert (
        record(
            log, "contact.receive", at="2024-03-04T09:00", role="referral_officer", detail="source=6", keys=keys
        ).status
        == 0
    )
    assert keys.exists()
    ran = record(log, "contact.refer", at="2024-03-04T10:00", detail="rationale=she rang")
    assert ran.status == 3 and "are sealed, and its keys were not given: open it with them" in ran.err
    ran = record(log, "contact.refer", at="2024-03-04T10:00", detail="rationale=she rang", keys=tmp_path / "typo.keys")
    assert ran.status == 3 and "typo.keys should have, and it is not there" in ran.err
    assert not (tmp_path / "typo.keys").exists()
    assert record(log, "contact.refer", at="2024-03-04T10:00", detail="rationale=she rang", keys=keys).status == 0
    (said,) = [one for one in json.loads(frontdoor("doctor", log, "--json").out)["findings"] if one["check"] == "keys"]
    assert said["said"].startswith("one case has sealed details")


def test_a_log_without_words_says_that_its_keys_are_looked_for(tmp_path: Path) -> None:
    log, keys = tmp_path / "sk.db", tmp_path / "sk.keys"
    with SqliteLog(log, keys=keys) as opened:
        do(open_desk("2024-03-04T09:00", log=opened), "contact.receive", details={"source": "6"})
    for words, sign in (((), "warn"), (("--keys", keys), "ok")):
        found = json.loads(frontdoor("doctor", log, *words, "--json").out)["findings"]
        (one,) = [one for one in found if one["check"] == "keys"]
        assert one["said"].startswith("no case has sealed details") and one["sign"] == sign


def no_keys(folder: Path) -> Path:
    (folder / "no.keys").write_text("no keys\n")
    return folder / "no.keys"


def keys_of_another(folder: Path) -> Path:
    KeyFile(folder / "other.keys", "5f0c9a2e-6f5d-4b0e-9b1e-0c8f1c5d7a11").made(["C-1"])
    return folder / "other.keys"


@pytest.mark.parametrize(
    ("keys", "why"),
    [
        (no_keys, "no.keys is not a file of frontdoor's keys"),
        (keys_of_another, "other.keys has the keys of another log: of 5f0c9a2e-6f5d-4b0e-9b1e-0c8f1c5d7a11, and this is a new one"),
        (lambda folder: folder / "none" / "b.keys", "b.keys cannot be made: no such file or directory"),
        (lambda folder: folder, "cannot be read: is a directory"),
        (lambda folder: folder / "sk.db", "sk.db is the log itself"),
    ],
)  # fmt: skip
def test_nothing_is_made_where_the_keys_are_wrong(tmp_path: Path, keys: Callable[[Path], Path], why: str) -> None:
    log, wrong = tmp_path / "sk.db", keys(tmp_path)
    before = sorted(tmp_path.iterdir())
    ran = record(
        log,
        "contact.receive",
        at="2024-03-04T09:00",
        role="referral_officer",
        detail=["source=6", "note=she rang"],
        keys=wrong,
    )
    assert (ran.status, ran.out) == (3, "") and why in ran.err
    assert sorted(tmp_path.iterdir()) == before


def test_nothing_is_made_where_the_event_is_refused(tmp_path: Path) -> None:
    ran = record(tmp_path / "sk.db", "contact.refer", at="2024-03-04T09:00", keys=tmp_path / "sk.keys")
    assert ran.status == 3 and list(tmp_path.iterdir()) == []


def test_verify_says_that_there_are_no_such_keys(tmp_path: Path) -> None:
    log = tmp_path / "open.db"
    with SqliteLog(log) as opened:
        do(open_desk("2024-03-04T09:00", log=opened), "contact.receive", details={"source": "6"})
    ran = frontdoor("verify", log, "--keys", tmp_path / "other.keys")
    assert ran.status == 2 and f"there are no keys {tmp_path / 'other.keys'}" in ran.err and ran.out == ""
    assert frontdoor("verify", log).status == 0


def test_a_case_that_is_open_is_refused_unless_that_is_said(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    open_ = "C-1 is open (referral-1 since Mon 4 Mar 2024 10:00 and single_assessment-1 since Fri 8 Mar 2024 10:00)"
    ran = forget(log, "--yes", though_open=False)
    assert (
        ran.status == 3 and ran.err.startswith(f"frontdoor: {open_}: nothing was destroyed. ") and "--open" in ran.err
    )
    assert WORDS in frontdoor("show", log, "C-1", "--keys", keys_of(log)).out
    asked: list[str] = []
    monkeypatch.setattr(click, "confirm", lambda text, **_: asked.append(text))
    ran = forget(log)
    assert ran.status == 0 and f"frontdoor: {open_}." in ran.err and len(asked) == 1
    assert forget(log, "--yes", though_open=False).out.startswith("C-1: destroyed already"), (
        "again, as of an older copy"
    )


def test_one_open_case_among_several_keeps_all(log: Path) -> None:
    accept_clock(log)
    assert record(log, "contact.close", "C-2", at="2024-03-11", detail="reason=so", keys=keys_of(log)).status == 0
    ran = forget(log, "--yes", "--case", "C-2", though_open=False)
    assert ran.status == 3 and "C-1 is open (" in ran.err and "C-2" not in ran.err
    assert "other words" in frontdoor("show", log, "C-2", "--keys", keys_of(log)).out
    assert forget(log, "--yes", case="C-2", though_open=False).status == 0


def test_a_case_that_is_opened_while_it_is_asked_keeps_its_words(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    accept_clock(log)
    assert record(log, "contact.close", "C-2", at="2024-03-11", detail="reason=so", keys=keys_of(log)).status == 0

    def asked(*_: object, **__: object) -> bool:
        assert record(log, "contact.receive", "C-2", at="2026-01-05", detail="source=6", keys=keys_of(log)).status == 0
        return True

    monkeypatch.setattr(click, "confirm", asked)
    ran = forget(log, case="C-2", though_open=False)
    assert ran.status == 3 and "C-2 is open (contact-2 since Mon 5 Jan 2026): nothing was destroyed" in ran.err
    assert "other words" in frontdoor("show", log, "C-2", "--keys", keys_of(log)).out


def test_that_it_is_meant_for_an_open_case_lifts_no_schedule_and_no_hold(log: Path) -> None:
    rules = log.parent / "rules.toml"
    rules.write_text('title = "t"\n[rules.all]\nworkflows = ["contact"]\nkeep_years = 1\ncites = "x"\n')
    assert "C-1 has an open episode: nothing was destroyed." in forget(log, "--yes", "--rules", rules).err
    rules.write_text(rules.read_text() + '[holds.C-1]\nbecause = "inquiry"\n')
    ran = forget(log, "--yes", "--rules", rules)
    assert ran.status == 3 and "C-1 is held by" in ran.err
    assert WORDS in frontdoor("show", log, "C-1", "--keys", keys_of(log)).out


def test_a_case_is_shown_with_its_words_only_by_the_keys(log: Path) -> None:
    assert f"note: {WORDS}" in frontdoor("show", log, "C-1", "--keys", keys_of(log)).out
    without = frontdoor("show", log, "C-1")
    assert (without.status, WORDS in without.out, "note: (sealed); source: 6" in without.out) == (0, False, True)


def test_after_forget_nobody_reads_the_words_and_everything_else_is_told_as_before(tmp_path: Path, log: Path) -> None:
    def told() -> list[object]:
        return [
            json.loads(frontdoor("audit", log, "--json", "--as-at", "2024-04-01").out)["deadlines"],
            frontdoor("audit", log, "--deadlines", "-", "--as-at", "2024-04-01", "--quiet").out,
            json.loads(frontdoor("show", log, "C-1", "--at", "2024-04-01", "--json").out)["deadlines"],
            frontdoor("explain", log, "C-1", "referral.decision").out,
        ]

    frontdoor("check", log)
    shutil.copy(log, tmp_path / "copy.db")
    before = told()
    ran = forget(log, "--yes")
    assert (ran.status, ran.out) == (0, "C-1: the words of 3 events can be read by nobody any more.\n")
    assert told() == before
    shown = frontdoor("show", log, "C-1", "--keys", keys_of(log)).out
    assert WORDS not in shown and "rationale: (destroyed)" in shown
    assert (
        "The words of this case destroyed [desk.details_destroyed], by records-1" in shown
        or "The words of this case destroyed" in shown
    )
    assert "because: schedule of 2030" in shown
    assert "(destroyed)" in frontdoor("show", tmp_path / "copy.db", "C-1", "--keys", keys_of(log)).out
    assert "other words" in frontdoor("show", log, "C-2", "--keys", keys_of(log)).out
    assert "nothing was different" in frontdoor("rebuild", log).out
    assert frontdoor("check", log).status == 0
    assert not any(WORDS.encode() in file.read_bytes() for file in tmp_path.iterdir())


def test_it_asks_first_and_does_nothing_without_a_yes(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    ran = forget(log)
    assert ran.status == 130 and "Destroy the key of case C-1" in ran.err
    assert WORDS in frontdoor("show", log, "C-1", "--keys", keys_of(log)).out
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert forget(log).status == 0


def test_it_is_told_when_it_was_done_already(log: Path) -> None:
    forget(log, "--yes")
    again = forget(log, "--yes")
    assert again.status == 0 and "C-1: destroyed already" in again.out and "by records-1: schedule of 2030" in again.out


def test_its_json_says_what_was_done(log: Path) -> None:
    (done,) = json.loads(forget(log, "--yes", "--json").out)
    assert (done["case_id"], done["because"], done["unreadable"], done["in_the_open"]) == (
        "C-1",
        "schedule of 2030",
        3,
        0,
    )


def test_it_destroys_nothing_where_a_case_is_not_there_or_no_case_is_named(log: Path) -> None:
    ran = forget(log, "--case", "C-9", "--yes")
    assert ran.status == 2 and "there is no case 'C-9' in the log" in ran.err
    assert WORDS in frontdoor("show", log, "C-1", "--keys", keys_of(log)).out
    ran = frontdoor("forget", log, "--keys", keys_of(log), "--actor", "r", "--because", "x", "--yes")
    assert ran.status == 2 and "name the cases" in ran.err


def test_words_recorded_in_the_open_are_counted(tmp_path: Path) -> None:
    path = tmp_path / "b.db"
    record(path, "contact.receive", at="2024-03-04 09:00", detail=["source=6", "note=in the open"])
    ran = forget(path, "--yes")
    assert ran.status == 3 and "there are no keys" in ran.err and not keys_of(path).exists()
    record(
        path, "contact.receive", "C-2", at="2024-03-04 10:00", detail=["source=6", "note=sealed"], keys=keys_of(path)
    )
    ran = forget(path, "--yes")
    assert (
        ran.out
        == "C-1: the words of 0 events can be read by nobody any more; those of 1 event were recorded in the open, and still can.\n"
    )


def test_by_an_example_that_nobody_has_adopted_nothing_is_destroyed(log: Path) -> None:
    example = Path(__file__).parent.parent / "workflows" / "retention" / "example.toml"
    before = keys_of(log).read_bytes()
    ran = forget(log, "--yes", "--rules", example)
    assert (ran.status, ran.out) == (3, "") and keys_of(log).read_bytes() == before
    assert (
        f"{example} is an example that nobody has adopted: nothing was destroyed. Name your own with --rules."
        in ran.err
    )


def test_a_sealed_log_takes_words_only_with_its_keys(log: Path) -> None:
    accept_clock(log)
    ran = record(log, "contact.refer", "C-2", at="2024-03-08 11:00", detail="rationale=x")
    assert ran.status == 3 and "are sealed, and its keys were not given: open it with them" in ran.err
    assert (
        record(log, "contact.refer", "C-2", at="2024-03-08 11:00", detail="rationale=x", keys=keys_of(log)).status == 0
    )


def test_verify_says_of_sealed_details_what_it_could_see(log: Path) -> None:
    def sealed(*words: object) -> str:
        ran = frontdoor("verify", log, *words)
        assert ran.status == 0
        return ran.out.splitlines()[1]

    assert (
        sealed() == "4 have sealed details, as they were recorded: 4 not opened, for the keys were not given (--keys)."
    )
    assert sealed("--keys", keys_of(log)).endswith("4 opened, and are the words that were recorded.")
    shutil.copy(keys_of(log), log.with_name("older.keys"))
    forget(log, "--yes")
    assert "1 opened, and are the words that were recorded; 3 read by nobody any more" in sealed("--keys", keys_of(log))
    assert json.loads(frontdoor("verify", log, "--json", "--keys", keys_of(log)).out)["sealed"] == {
        "sealed": 4, "opened": 1, "destroyed": 3, "missing": 0, "not_given": 0, "came_back": [],
    }  # fmt: skip
    back = frontdoor("verify", log, "--keys", log.with_name("older.keys")).out
    assert "Keys that were destroyed are there again, from an older copy of them: of C-1." in back


@pytest.mark.parametrize("name", ["-", "lost.csv", "lost.parquet"])
def test_an_export_without_the_keys_says_how_many_events_have_words_that_are_not_in_it(log: Path, name: str) -> None:
    accept_clock(log)
    assert (
        record(log, "contact.receive", "C-3", at="2024-03-04T09:00", role="referral_officer", detail="source=6").status
        == 0
    )
    file = "-" if name == "-" else log.with_name(name)
    ran = frontdoor("export", log, file)
    assert ran.status == 0
    assert "the words of 4 events are sealed, and '(sealed)' stands in their place: --keys FILE has them." in ran.err
    again = log.with_name(f"again-{name}") if name != "-" else "-"
    ran = frontdoor("export", log, again, "--keys", keys_of(log))
    assert ran.status == 0 and "sealed" not in ran.err


def test_an_export_with_pseudonyms_has_no_words_whoever_has_the_keys(log: Path) -> None:
    words = ("--pseudonymise", log.with_name("p.key"), "--new-key")
    assert frontdoor("export", log, log.with_name("p.csv"), *words).err == ""


def test_a_case_that_was_forgotten_is_not_shown_by_an_older_copy_of_the_keys_without_a_word(log: Path) -> None:
    older = log.with_name("older.keys")
    shutil.copy(keys_of(log), older)
    assert "have the key" not in frontdoor("show", log, "C-1", "--keys", older).err
    forget(log, "--yes")
    said = "the words of C-1 were destroyed, and these keys have its key still: they are an older copy, which is to be destroyed, too"
    for words in ((), ("--json",), ("--at", "2024-03-05")):
        assert said in frontdoor("show", log, "C-1", "--keys", older, *words).err
        assert frontdoor("show", log, "C-1", "--keys", keys_of(log), *words).err == ""
    assert said in frontdoor("subject-access", log, "C-1", "--out", log.with_name("C-1"), "--keys", older).err
    assert frontdoor("show", log, "C-2", "--keys", older).err == ""


def test_an_export_has_the_words_by_the_keys_and_comes_in_again_under_other_keys(tmp_path: Path, log: Path) -> None:
    out = tmp_path / "out.csv"
    frontdoor("export", log, out, "--keys", keys_of(log))
    assert WORDS in out.read_text() and WORDS not in frontdoor("export", log).out
    other, keys = tmp_path / "other.db", tmp_path / "other.keys"
    ran = frontdoor("import", other, out, "--keys", keys, "--despite", "it was so")
    assert ran.status == 0, ran.err
    out.unlink()
    assert not any(WORDS.encode() in file.read_bytes() for file in tmp_path.iterdir())
    assert f"note: {WORDS}" in frontdoor("show", other, "C-1", "--keys", keys).out
    frontdoor("export", log, tmp_path / "out.parquet", "--keys", keys_of(log))
    from frontdoor import read

    assert WORDS in str(read(tmp_path / "out.parquet").events.to_dicts())


def test_keys_are_a_logs(tmp_path: Path, log: Path) -> None:
    file = tmp_path / "events.csv"
    file.write_text("case_id,event,happened_at\nC-1,contact.receive,2024-03-04\n")
    ran = frontdoor("export", file, tmp_path / "o.parquet", "--keys", keys_of(log))
    assert ran.status == 2 and "--keys are a log's, and INPUT is none" in ran.err


def test_a_correction_is_sealed_too(tmp_path: Path, log: Path) -> None:
    accept_clock(log)
    with SqliteLog(log, read_only=True) as opened:
        accept = next(event.event_id for event in opened.events("C-1") if event.event == "referral.accept")
    correct = [
        "correct",
        log,
        accept,
        "--reason",
        "grandma was wrong",
        "--actor",
        "m",
        "--role",
        "manager",
        "--detail",
        "rationale=grandma was right",
    ]
    assert frontdoor(*correct).status == 3
    assert frontdoor(*correct, "--keys", keys_of(log)).status == 0
    assert not any(b"grandma" in file.read_bytes() for file in tmp_path.iterdir())
    assert "grandma was wrong" in frontdoor("show", log, "C-1", "--keys", keys_of(log)).out


def test_by_a_schedule_no_case_is_destroyed_that_has_not_had_its_time(log: Path) -> None:
    rules = log.parent / "rules.toml"
    rules.write_text('title = "t"\n[rules.all]\nworkflows = ["contact"]\nkeep_years = 99\ncites = "x"\n')
    ran = forget(log, "--yes", "--rules", rules)
    assert ran.status == 3 and "C-1 has an open episode: nothing was destroyed." in ran.err
    accept_clock(log)
    ran = record(log, "contact.close", "C-2", at="2024-03-11", detail="reason=so", keys=keys_of(log))
    assert ran.status == 0, ran.err
    ran = forget(log, "--yes", "--rules", rules, case="C-2")
    assert ran.status == 3 and "C-2 is still to be kept: nothing was destroyed." in ran.err
    assert "other words" in frontdoor("show", log, "C-2", "--keys", keys_of(log)).out
    rules.write_text(rules.read_text().replace("99", "1"))
    assert forget(log, "--yes", "--rules", rules, case="C-2").status == 0


def test_what_is_recorded_of_a_case_while_it_is_asked_keeps_it(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rules = log.parent / "rules.toml"
    rules.write_text('title = "t"\n[rules.all]\nworkflows = ["contact"]\nkeep_years = 1\ncites = "x"\n')
    accept_clock(log)
    assert record(log, "contact.close", "C-2", at="2024-03-11", detail="reason=so", keys=keys_of(log)).status == 0

    def asked(*_: object, **__: object) -> bool:
        assert record(log, "contact.receive", "C-2", at="2026-01-05", detail="source=6", keys=keys_of(log)).status == 0
        return True

    monkeypatch.setattr(click, "confirm", asked)
    ran = forget(log, "--rules", rules, case="C-2")
    assert ran.status == 3 and "C-2 has an open episode: nothing was destroyed." in ran.err
    assert "other words" in frontdoor("show", log, "C-2", "--keys", keys_of(log)).out


@pytest.fixture
def closed(tmp_path: Path) -> Path:
    """Three cases that were closed; all have words."""
    path = tmp_path / "b.db"
    with SqliteLog(path, keys=keys_of(path)) as log:
        desk = open_desk("2024-03-04T09:00", log=log)
        for case_id in ("C-1", "C-2", "C-3"):
            do(desk, "contact.receive", case_id, details={"source": "6", "note": WORDS})
            do(desk, "contact.close", case_id, at="2024-03-04T10:00", details={"reason": WORDS, "rationale": WORDS})
    return path


THREE = ("--case", "C-2", "--case", "C-3", "--yes")


def test_a_case_that_is_opened_while_others_are_destroyed_is_left(
    closed: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    echo = click.echo

    def meanwhile(text: str, **options: bool) -> None:
        if text.startswith("C-1: the words"):
            with Desk(SqliteLog(closed, keys=keys_of(closed))) as desk:
                do(desk, "contact.receive", "C-2", details={"source": "6", "note": "again"})
        echo(text, **options)

    monkeypatch.setattr(click, "echo", meanwhile)
    ran = forget(closed, *THREE, though_open=False)
    assert ran.status == 3 and "C-2 is open (contact-2 since" in ran.err
    assert "by now: it is left, and so are those after it." in ran.err
    with SqliteLog(closed, keys=keys_of(closed)) as log:
        kept = {n: [str(e.details.get("note")) for e in log.events(n)] for n in ("C-1", "C-2", "C-3")}
    assert kept["C-1"][0] == "(destroyed)" and kept["C-2"] == [WORDS, "None", "again"] and kept["C-3"][0] == WORDS


def test_what_was_destroyed_before_something_failed_is_told_as_json_too(closed: Path) -> None:
    with sqlite3.connect(keys_of(closed)) as db:
        db.execute(
            "CREATE TRIGGER broken BEFORE UPDATE ON keys WHEN OLD.case_id = 'C-2' BEGIN SELECT RAISE(ABORT, 'broken'); END"
        )
    db.close()
    ran = forget(closed, *THREE, "--json", though_open=False)
    assert ran.status == 3 and "broken" in ran.err
    assert [one["case_id"] for one in json.loads(ran.out)] == ["C-1"]
