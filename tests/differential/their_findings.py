"""What the public validator finds in census files: run by the Python of its own environment, never by the project's.

    their_findings.py RULESET FILE...

prints one JSON object: for each file what was `found`, a list of [code, case, number of the referral in the case or 0],
the rules that `failed` to run, or what stopped it altogether, and `untold`, [code, case] that it failed on alone too.
"""

import contextlib
import importlib
import io
import json
import sys
import xml.etree.ElementTree as tree

import pandas
from cin_validator import cin_validator


def findings(path, registry):
    root = tree.parse(path).getroot()
    data = cin_validator.process_data(cin_validator.convert_data(root))
    rows, failed = run(data, registry)
    untold = []
    for said in failed:  # a rule that fails on one child fails on the file: ask it of each child alone
        code = said.split(":")[0].rpartition(" ")[2]
        for child in data["ChildIdentifiers"]["LAchildID"].unique():
            more, again = run(of_child(data, child), registry, [code])
            rows |= more
            untold += [[code, child]] if again else []
    return {"found": sorted(rows), "failed": failed, "untold": untold}


def of_child(data, child):
    return {
        name: table[table["LAchildID"] == child].reset_index(drop=True) if "LAchildID" in table else table
        for name, table in data.items()
    }


def run(data, registry, codes=None):
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        found = cin_validator.CinValidator(data, registry, codes)
    rows = set()
    for one in found.full_issue_df.itertuples():
        if not pandas.isna(one.tables_affected):
            row = data[one.tables_affected].iloc[int(one.row_id)]
            rows.add((one.rule_code, row["LAchildID"], int(row.get("CINdetailsID", 0))))
    rows |= {(code, "", 0) for code in found.multichild_issues["rule_code"]}
    return rows, said.getvalue().splitlines()


def main(ruleset, *paths):
    registry = importlib.import_module(f"cin_validator.rules.{ruleset}").registry
    out = {}
    for path in paths:
        try:
            out[path] = findings(path, registry)
        except Exception as error:  # whatever stops it is what is to be told
            out[path] = {"found": [], "untold": [], "failed": [f"{type(error).__name__}: {error}"]}
    json.dump(out, sys.stdout)


main(*sys.argv[1:])
