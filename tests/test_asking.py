"""What is asked of an audit beside its tables: a comparison judges matched files as they were, and slips get a sentence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.commands import frontdoor

LOG = """case_id,event,happened_at
K1,referral.receive,2024-01-09T09:00
K1,referral.accept,2024-01-09T10:00
K1,single_assessment.start,2024-01-09T10:00
K2,referral.receive,2024-01-10T09:00
"""
CENSUS = """<Message><Header><ReferenceDate>2024-03-31</ReferenceDate></Header><Children><Child><ChildIdentifiers>
<LAchildID>Z</LAchildID></ChildIdentifiers><CINdetails><CINreferralDate>2024-02-05</CINreferralDate>
<ReferralNFA>0</ReferralNFA></CINdetails></Child></Children></Message>"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    (tmp_path / "log.csv").write_text(LOG)
    return tmp_path / "log.csv"


def test_against_the_guidance_they_are_judged_by_matched_files_come_to_the_same(log: Path) -> None:
    """Each child is judged as at the last day that its own sources speak of, on both sides."""
    other = log.with_name("census.xml")
    other.write_text(CENSUS)
    ran = frontdoor("audit", log, other, "--against", "guidance=working_together_2023", "--json")
    assert ran.status == 0, ran.err
    comparison = json.loads(ran.out)["comparison"]
    assert comparison["changes"] == []


@pytest.mark.parametrize("size", ["2.5", "1.2.3", "²", "%", "10%%", ".5%", "-1", ""])
def test_a_sample_of_no_size_is_refused_in_a_sentence(log: Path, size: str) -> None:
    ran = frontdoor("audit", log, "--sample", size)
    assert ran.status == 2
    assert "is neither a number of cases nor a share: write 2, or 10%." in ran.err
    assert "int()" not in ran.err


@pytest.mark.parametrize("where", ["processes:²", "processes:0", "processes:", "processes:-1", "processes:x"])
def test_processes_that_are_no_number_are_refused_in_a_sentence(log: Path, where: str) -> None:
    ran = frontdoor("audit", log, "--executor", where)
    assert ran.status == 2
    assert "write processes, or processes:4." in ran.err
