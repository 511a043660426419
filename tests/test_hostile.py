"""What a file or a machine can do to us: logs built to be slow, homes that cannot be written, editions that add things."""

from __future__ import annotations

import csv
import io
import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from frontdoor import InvalidWorkflow, audit, fast, load
from frontdoor.errors import InputError
from frontdoor.formats import flat_csv
from frontdoor.formats.mapping import load_mapping
from frontdoor.library import shipped
from frontdoor.report import summary

HEADER = "case_id,event,happened_at,episode\n"


def test_a_case_with_thousands_of_ended_episodes_behind_an_open_one_is_folded_in_a_breath() -> None:
    """Each event without a label goes to the open one, past all that ended since: walking there each time takes minutes."""
    times = 4000
    rows = [HEADER, "C-1,mash.start,2015-01-05T09:00,old\n"]
    rows += [f"C-1,mash.start,2015-01-05T10:00,e{n}\nC-1,mash.close,2015-01-05T10:00,e{n}\n" for n in range(times)]
    rows += ["C-1,mash.discuss,2015-01-05T11:00,\n"] * times
    found = audit("".join(rows).encode(), load())
    told = found.episodes.filter(name="old")["e"].item()
    assert set(found.folded.rows["episode"][-times:]) == {told}


def test_a_file_of_quotes_that_are_never_closed_is_given_up_row_by_row() -> None:
    broken = "".join(f'C-{n},mash.start,2015-01-05,"x\n' for n in range(3000))
    source = flat_csv.read((HEADER + "C-0,mash.start,2015-01-05,\n" + broken).encode(), "log.csv")
    assert source.events["case_id"].to_list() == ["C-0"]
    assert len(source.rejected) == 3000


@pytest.mark.parametrize("home", ["/proc/nowhere", "/dev/null"])
def test_where_machine_code_cannot_be_kept_the_kernel_is_interpreted(
    monkeypatch: pytest.MonkeyPatch, home: str
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", home)
    fast.cache_folder.cache_clear()
    try:
        assert fast.cache_folder() is None
        assert not fast.available()
        assert not fast.is_warm()
    finally:
        monkeypatch.undo()
        fast.cache_folder.cache_clear()


def test_what_an_edition_adds_is_audited_as_what_the_file_declares(tmp_path: Path) -> None:
    (tmp_path / "guidance").mkdir()
    (tmp_path / "permit.toml").write_text(
        'title = "Permit"\ninitial = "received"\nopens_with = "apply"\n'
        '[states.received]\ntitle = "Received"\n[states.done]\ntitle = "Done"\nfinal = true\n'
        '[transitions.apply]\ntitle = "Apply"\n'
        '[transitions.decide]\ntitle = "Decide"\nfrom = ["received"]\nto = "done"\n'
        '[timers.decision]\ntitle = "Decide"\ncounts_from = ["apply"]\nruns_in = ["received"]\nbasis = "statutory"\n'
    )
    (tmp_path / "guidance" / "first.toml").write_text(
        'title = "First"\nin_force_from = 2001-01-01\n[workflows.permit.timers.decision]\nallowed = "10 days"\n'
    )
    (tmp_path / "guidance" / "second.toml").write_text(
        'title = "Second"\nin_force_from = 2005-01-01\namends = "first"\n'
        '[workflows.permit.transitions.check]\ntitle = "Check"\nfrom = ["received"]\nneeds = ["note"]\n'
        '[workflows.permit.timers.checking]\ncounts_from = ["apply"]\nuntil = ["check"]\nbasis = "local"\nallowed = "2 days"\n'
    )
    log = "case_id,event,happened_at\nA,permit.apply,2002-01-02\nA,permit.check,2002-01-03\n"
    log += "B,permit.apply,2006-01-02\nB,permit.check,2006-01-03\n"
    found = audit(log.encode(), load(tmp_path))
    assert found.timers["permit.checking"] == {"met": 1}
    assert [one.title for one in summary.kept(found)] == ["Decide", "checking"]
    assert found.findings["rule"].to_list().count("illegal-transition") == 1
    assert "'Check' was recorded in 'Received'" in "".join(found.findings["message"])
    assert "There is no column for the detail note: not asked of any event." in summary.notes(found)


@pytest.mark.parametrize("text", ["a = " + "[" * 20_000, "a = " + "9" * 5_000])
def test_a_toml_file_that_breaks_its_reader_is_a_fault_like_any_other(tmp_path: Path, text: str) -> None:
    (tmp_path / "mine.toml").write_text(text)
    with pytest.raises(InvalidWorkflow) as refused:
        load(local=tmp_path / "mine.toml")
    assert [fault.code for fault in refused.value.faults] == ["not-toml"]


NO_TOML: dict[str, tuple[Callable[[Path], object], str]] = {
    "a pipe": (os.mkfifo, "is neither a file nor a folder"),
    "a device without end": (lambda path: path.symlink_to("/dev/zero"), "is neither a file nor a folder"),
    "a link to itself": (lambda path: path.symlink_to(path), "cannot be read: "),
    "a folder": (Path.mkdir, "is a folder, not a file."),
    "five gigabytes": (lambda path: sparse(path, 5 << 30), "is larger than 1 MB"),
    "UTF-16": (lambda path: path.write_bytes('title = "x"'.encode("utf-16")), "is UTF-16 text: save it as UTF-8."),
    "UTF-16 without a mark": (lambda path: path.write_bytes(b't\x00=\x001\x00'), "holds NUL characters"),
    "a program": (lambda path: path.write_bytes(b"\x7fELF\x02\x01\x00\x00"), "holds NUL characters"),
    "a key of thousands of parts": (lambda path: path.write_text("a" + ".a" * 300_000 + " = 1"), "more than 100 parts"),
    "a table of thousands of parts": (lambda path: path.write_text("[a" + ".a" * 300_000 + "]"), "more than 100 parts"),
}  # fmt: skip


def sparse(path: Path, size: int) -> None:
    with path.open("wb") as file:
        file.truncate(size)


@pytest.mark.parametrize("kind", NO_TOML)
def test_what_is_no_toml_is_one_fault_whether_it_is_a_local_file_one_of_a_folder_or_a_mapping(
    kind: str, tmp_path: Path
) -> None:
    make, said = NO_TOML[kind]
    shutil.copytree(shipped(), tmp_path / "all")
    make(tmp_path / "all" / "mine.toml")
    for given in ({"local": tmp_path / "all" / "mine.toml"}, {"workflows": tmp_path / "all"}):
        with pytest.raises(InvalidWorkflow) as refused:
            load(**given)
        assert [said in str(fault) for fault in refused.value.faults] == [True]
    with pytest.raises(InputError) as unmapped:
        load_mapping(tmp_path / "all" / "mine.toml")
    assert [said in str(fault) for fault in unmapped.value.faults] == [True]


def test_a_name_longer_than_any_file_can_have_is_a_fault_like_any_other() -> None:
    for given in ({"local": "x" * 5000}, {"workflows": "x" * 5000}):
        with pytest.raises(InvalidWorkflow):
            load(**given)


def test_a_toml_file_may_begin_with_the_mark_that_editors_put_before_utf_8(tmp_path: Path) -> None:
    (tmp_path / "mine.toml").write_bytes(b'\xef\xbb\xbftitle = "Mine"\r\nabout = "x"\r')
    assert [one.title for one in load(local=tmp_path / "mine.toml").locals] == ["Mine"]


def test_a_table_on_standard_output_leaves_what_was_rejected_to_the_other(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    from frontdoor.cli import main

    (tmp_path / "log.csv").write_text("case_id,event,happened_at\nA,mash.start,2015-01-05\nB,mash.start,soon\n")
    monkeypatch.setattr("sys.argv", ["frontdoor", "audit", str(tmp_path / "log.csv"), "--findings", "-"])
    with pytest.raises(SystemExit):
        main()
    out, err = capsys.readouterr()
    assert list(csv.reader(io.StringIO(out)))[0][0] == "rule"
    assert "row 2, column happened_at: 'soon' is not a date or time" in err
