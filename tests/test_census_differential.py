"""Our findings in censuses beside those of the public validator, and what it and the schema say of censuses we write."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from census_corpus import census

from frontdoor.formats import cin_census

sys.path.insert(0, str(Path(__file__).parent / "differential"))
from census import EXPECTED, compare, ours, theirs

SCHEMAS = Path(__file__).parents[2] / "shared/data/xsd"
PYTHON = os.environ.get("CENSUS_VALIDATOR_PYTHON", "")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not PYTHON,
        reason="set CENSUS_VALIDATOR_PYTHON to the Python of an environment with csc-validator-be-cin, 'numpy<2' and "
        "xmlschema, as tests/differential/README.md says",
    ),
]


def test_we_differ_from_the_validator_where_we_say_we_do_and_nowhere_else(tmp_path):
    files = [tmp_path / f"{seed}.xml" for seed in range(12)]
    for seed, file in enumerate(files):
        file.write_text(census(seed))
    found = theirs(PYTHON, files)
    sides: dict[str, str] = {}
    agreed: set[str] = set()
    for file in files:
        other = found[str(file)]
        mine = {one for one in ours(file.read_bytes()) if one[:2] not in other.untold}
        agreed |= {one[0] for one in mine & other.found}
        for code, (only_ours, only_theirs) in compare(mine, other.found).items():
            sides[code] = sides.get(code, "") + ("ours " if only_ours else "") + ("theirs " if only_theirs else "")
    strange = {code: side for code, side in sides.items() if not set(side.split()) <= set(EXPECTED.get(code, ()))}
    assert strange == {}
    assert len(agreed) > 50


@pytest.mark.parametrize("year", [2025, 2026])
def test_what_we_write_is_of_the_shape_that_the_schema_and_the_validator_expect(tmp_path, year):
    schema = SCHEMAS / f"CIN_schema_{year}.xsd"
    if not schema.is_file():
        pytest.skip(f"the shared folder with {schema.name} is not beside this checkout")
    file = tmp_path / "census.xml"
    source = cin_census.read(census(1, orderly=True).encode(), "census.xml")
    told = cin_census.write(source, file)
    reading = Path(__file__).parent / "differential/their_reading.py"
    run = subprocess.run([PYTHON, "-W", "ignore", reading, schema, file], capture_output=True, text=True, check=True)
    (said,) = json.loads(run.stdout).values()
    incomplete = "The content of element 'ChildProtectionPlans' is not complete. Tag 'InitialCategoryOfAbuse' expected."
    assert said["schema"] == [f"ChildProtectionPlans: {incomplete}"]
    assert any("child protection plans without the latest category of abuse" in one for one in told)
    assert said["rows"]["ChildIdentifiers"] == source.events["case_id"].n_unique()
    started = source.events["event"].to_list().count("single_assessment.start")
    assert (said["rows"]["Assessments"], said["rows"]["Header"]) == (started, 1)
