"""The command line: what it prints, where, with which exit status, and how it takes a user's mistake."""

from __future__ import annotations

import csv
import io
import json
import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from frontdoor.cli import COMMANDS, main

EXAMPLE = Path(__file__).parents[1] / "examples" / "inspection_2009.csv"
K17 = (
    "case_id,event,happened_at\n"
    "K-17,referral.receive,2009-12-18T16:30\n"
    "K-17,referral.accept,2009-12-23T10:05\n"
    "K-17,referral.acknowledge,2009-12-18T17:00\n"
)


class Ran(NamedTuple):
    """What a command came to."""

    status: int
    out: str
    err: str


Cli = Callable[..., Ran]


@pytest.fixture
def cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Cli:
    """Run `frontdoor` with these words, in this process."""

    def run(*words: object) -> Ran:
        monkeypatch.setattr(sys, "argv", ["frontdoor", *map(str, words)])
        with pytest.raises(SystemExit) as left:
            main()
        out, err = capsys.readouterr()
        assert "Traceback" not in err
        return Ran(int(left.value.code or 0), out, err)

    return run


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """A log of one referral, decided two working days late."""
    path = tmp_path / "log.csv"
    path.write_text(K17)
    return path


def test_an_audit_prints_a_summary_and_exits_with_0(cli: Cli, log: Path) -> None:
    ran = cli("audit", log)
    assert ran.status == 0
    said = " ".join(ran.out.split())
    assert "3 events of 1 case in 1 episode, judged as at 2009-12-23T10:05:00+00:00" in said
    assert "due 2009-12-21, done 2009-12-23 10:05 (2 working days over); 1 working day from referral.receive" in said
    assert ran.err == ""


def test_the_summary_keeps_statutory_clocks_apart_from_local_ones(cli: Cli) -> None:
    out = cli("audit", EXAMPLE).out
    statutory, local = out.index("Statutory clocks"), out.index("Local clocks")
    assert statutory < out.index("referral.decision") < local < out.index("contact.screening")


def test_the_summary_names_the_ten_worst_cases_each_with_its_reason(cli: Cli) -> None:
    out = cli("audit", EXAMPLE).out
    worst = out[out.index("The furthest over") : out.index("About this file")]
    assert worst.count("working days over") == 10


def test_json_has_the_counts(cli: Cli, log: Path) -> None:
    found = json.loads(cli("audit", log, "--json").out)
    assert (found["events"], found["cases"], found["episodes"]) == (3, 1, 1)
    assert found["as_at"] == "2009-12-23T10:05:00+00:00"
    assert found["deadlines"]["referral.decision"] == {"late": 1}
    assert found["deadlines"]["referral.feedback"] == {"running": 1}
    assert found["findings"] == {"breach": 1}
    assert found["rejected"] == []


def test_json_lists_each_rejected_row(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(K17 + "K-18,referral.receive,31/02/2009\n,referral.receive,2009-12-01\n")
    rejected = json.loads(cli("audit", path, "--json").out)["rejected"]
    assert [(one["row"], one["column"]) for one in rejected] == [(4, "happened_at"), (5, "case_id")]


def test_deadlines_and_findings_are_written_as_csv(cli: Cli, log: Path, tmp_path: Path) -> None:
    cli("audit", log, "--deadlines", tmp_path / "d.csv", "--findings", tmp_path / "f.csv")
    deadlines = list(csv.DictReader(io.StringIO((tmp_path / "d.csv").read_text())))
    assert list(deadlines[0]) == [
        "case_id",
        "episode",
        "timer",
        "guidance",
        "counts_from",
        "counted_from",
        "allowed",
        "unit",
        "due",
        "stopped_at",
        "status",
        "over",
        "basis",
        "cites",
    ]
    assert deadlines[0]["due"] == "2009-12-21"
    findings = list(csv.DictReader(io.StringIO((tmp_path / "f.csv").read_text())))
    assert list(findings[0]) == [
        "rule",
        "severity",
        "case_id",
        "episode",
        "event",
        "happened_at",
        "recorded_at",
        "position",
        "message",
    ]
    assert findings[0]["rule"] == "breach"


def test_a_dash_writes_a_table_to_standard_output_alone(cli: Cli, log: Path) -> None:
    out = cli("audit", log, "--findings", "-").out
    assert out.splitlines()[0].startswith("rule,severity,")
    assert len(out.splitlines()) == 2


def test_an_answer_does_not_depend_on_where_or_when_it_is_asked(cli: Cli, log: Path, tmp_path: Path) -> None:
    shutil.copy(log, tmp_path / "again.csv")
    first, second = (cli("audit", path, "--deadlines", "-").out for path in (log, tmp_path / "again.csv"))
    assert first == second


@pytest.mark.parametrize(
    ("fail_on", "status"),
    [("breach", 1), ("error", 1), ("warning", 1), ("note", 1), ("local-breach", 0), ("unknown-event", 0)],
)
def test_fail_on_exits_with_1_if_the_rule_or_severity_is_found(cli: Cli, log: Path, fail_on: str, status: int) -> None:
    assert cli("audit", log, "--fail-on", fail_on).status == status


def test_fail_on_something_that_is_no_rule_is_a_usage_error(cli: Cli, log: Path) -> None:
    ran = cli("audit", log, "--fail-on", "breech")
    assert ran.status == 2
    assert "Did you mean breach" in ran.err


def test_as_at_judges_as_at_that_day(cli: Cli, log: Path) -> None:
    found = json.loads(cli("audit", log, "--as-at", "21/12/2009", "--json").out)
    assert found["deadlines"]["referral.decision"] == {"running": 1}
    assert found["later"] == 1


def test_guidance_judges_by_that_edition(cli: Cli, log: Path) -> None:
    table = cli("audit", log, "--guidance", "working_together_2023", "--deadlines", "-").out
    assert {row["guidance"] for row in csv.DictReader(io.StringIO(table))} == {"working_together_2023"}


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (["audit", "nowhere.csv"], 3, "nowhere.csv: there is no such file."),
        (["audit", "."], 3, ".: holds no table of events"),
        (["audit", EXAMPLE, "--as-at", "soon"], 2, "'soon' is not a date or time"),
        (["audit", EXAMPLE, "--guidance", "working_together_2011"], 2, "Did you mean working_together_201"),
        (["audit", EXAMPLE, "--local", "nothing.toml"], 3, "nothing.toml: cannot be read: No such file or directory."),
        (["audit", EXAMPLE, "--format", "cvs"], 3, "'cvs' is no format"),
        (["audit", EXAMPLE, "--deadlines", "/nowhere/d.csv"], 2, "/nowhere/d.csv cannot be written"),
        (["audit", EXAMPLE, "--workflows", "nowhere"], 3, "nowhere: is not a folder of workflow files."),
        (["audti"], 2, "there is no command 'audti'. Did you mean audit?"),
        (["audit"], 2, "Missing argument 'INPUT...'"),
        (["explain", EXAMPLE, "N-999", "referral.decision"], 2, "there is no case 'N-999'"),
        (["explain", EXAMPLE, "N-046", "referral.decide"], 2, "Did you mean referral.decision"),
        (["explain", EXAMPLE, "N-046", "mash.outcome"], 2, "case 'N-046' has no deadline of mash.outcome. It has: "),
        (["workflows", "show", "refferal"], 2, "Did you mean referral?"),
    ],
    ids=lambda value: " ".join(str(word) for word in value)[:60] if isinstance(value, list) else "",
)
def test_a_mistake_gets_one_sentence_and_a_status(cli: Cli, words: list[object], status: int, said: str) -> None:
    ran = cli(*words)
    assert ran.status == status
    assert said in ran.err
    assert ran.out == ""


def test_explain_counts_day_by_day_from_file_and_edition(cli: Cli) -> None:
    out = cli("explain", EXAMPLE, "N-046", "referral.decision", "--days").out
    assert "Counted from  referral.receive, Friday 13 November 2009 at 16:30" in out
    assert "workflows/guidance/working_together_2006.toml [workflows.referral.timers.decision]" in out
    assert "Sat 14 Nov 2009        -  Saturday" in out
    assert "Mon 16 Nov 2009    day 1  due, any time this day" in out
    assert "Status        late, by 2 working days" in out


def test_explain_names_the_holidays_it_skipped(cli: Cli, tmp_path: Path) -> None:
    path = tmp_path / "log.csv"
    path.write_text(
        "case_id,event,happened_at\nK-1,referral.receive,2009-12-18\nK-1,initial_assessment.start,2009-12-18\n"
    )
    out = cli("explain", path, "K-1", "initial_assessment.completion").out
    assert "Fri 25 Dec (Christmas Day), Mon 28 Dec (Boxing Day (substitute day))" in out
    assert "Due           Thursday 31 December 2009" in out


def test_explain_says_the_same_as_the_deadlines_table(cli: Cli) -> None:
    table = list(csv.DictReader(io.StringIO(cli("audit", EXAMPLE, "--deadlines", "-").out)))
    for row in [row for row in table if row["status"] in ("late", "overdue")][:8]:
        told = json.loads(cli("explain", EXAMPLE, row["case_id"], row["timer"], "--json").out)
        facts = next(one for one in told if one["episode"] == row["episode"])
        assert {key: str(facts[key]) for key in ("due", "status", "over", "stopped_at", "counted_from")} == {
            key: row[key] for key in ("due", "status", "over", "stopped_at", "counted_from")
        }


def test_a_local_file_moves_the_due_date_and_explain_says_which_file(cli: Cli, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text('title = "Mine"\n[workflows.initial_assessment.timers.completion]\nallowed = "5 working days"\n')
    words = ("explain", EXAMPLE, "N-029", "initial_assessment.completion", "--json")
    plain, local = (json.loads(cli(*words, *more).out)[0] for more in ((), ("--local", mine)))
    assert (plain["due"], local["due"]) == ("2009-10-23", "2009-10-21")
    assert local["file"] == str(mine)
    assert local["table"] == "workflows.initial_assessment.timers.completion"


def test_validate_says_that_the_shipped_files_are_sound_and_names_the_unguarded_waits(cli: Cli) -> None:
    ran = cli("validate")
    assert ran.status == 0
    assert "9 workflows under working_together_2006," in ran.out
    assert "referral, Accepted: a response is under way (accepted):" in ran.out


def test_validate_lists_every_fault_of_a_file_and_exits_with_3(cli: Cli, tmp_path: Path) -> None:
    mine = tmp_path / "mine.toml"
    mine.write_text(
        'tittle = "Mine"\n[workflows.referral.timers.decision]\nallowed = "soon"\nbasis = "customary"\n'
        "[adopts]\nworking_together_2013 = 2014\n"
    )
    ran = cli("validate", mine)
    assert ran.status == 3
    assert ran.err.count("frontdoor: ") == 5
    assert "Did you mean title?" in ran.err
    assert "frontdoor: 4 faults to mend." in ran.err
    assert len(json.loads(cli("validate", mine, "--json").out)["faults"]) == 4


def test_workflows_lists_them_and_the_editions(cli: Cli) -> None:
    out = cli("workflows", "list").out
    assert "initial_assessment      Initial assessment (only working_together_2006 to working_together_2010)" in out
    assert "working_together_2013  Monday 15 April 2013: " in out
    assert cli("workflows").out == out
    names = json.loads(cli("workflows", "list", "--json").out)
    assert len(names["workflows"]) == 9
    assert len(names["editions"]) == 7


def test_workflows_show_reads_as_sentences_with_sources(cli: Cli) -> None:
    out = cli("workflows", "show", "mash", "--local", "london_mash").out
    assert "Red: gather information [red]: 2 hours, local" in out
    assert "workflows/local/london_mash.toml [workflows.mash.timers.red]" in out


def test_a_workflow_that_an_edition_does_not_have_says_so(cli: Cli) -> None:
    out = cli("workflows", "show", "single_assessment", "--guidance", "working_together_2010").out
    assert "which does not have it: none of its clocks runs" in out


def test_the_demo_audits_the_example_and_explains_one_late_decision(cli: Cli) -> None:
    ran = cli("demo")
    assert ran.status == 0
    assert "63 cases" in ran.out
    assert "N-046 referral-1: Decide what response is needed (referral.decision)" in ran.out
    assert "late, by 2 working days" in ran.out


def test_nothing_is_coloured_where_there_is_no_terminal(cli: Cli) -> None:
    assert all("\x1b" not in cli(*words).out for words in (("demo",), ("audit", EXAMPLE), ("workflows",)))


def test_every_command_has_a_module(cli: Cli) -> None:
    for name in COMMANDS:
        ran = cli(name, "--help")
        assert ran.status == 0
        assert "Example:" in ran.out
