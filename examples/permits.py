"""Somebody else's process in somebody else's file: pavement licences, which have nothing to do with children.

permits/workflows declares the process and its byelaws, which changed on 1 May 2024. permits/register.csv is the log as the
licensing system exports it: its own words, semicolons, dates and times in two columns, an encoding of Windows.
permits/mapping.toml says what is what. The same on the command line, in the folder permits:

    frontdoor audit register.csv --mapping mapping.toml --workflows workflows --as-at 2024-08-30
"""

from pathlib import Path

from frontdoor import audit, load
from frontdoor.formats import mapped_csv

FILES = Path(__file__).with_name("permits")

library = load(workflows=FILES / "workflows")
mapping = mapped_csv.load_mapping(FILES / "mapping.toml", library)
source = mapped_csv.read((FILES / "register.csv").read_bytes(), "register.csv", mapping)
for note in source.notes:
    print(note)
for one in source.rejected:
    print(f"Row {one.row} was left out: {one.column} {one.text!r} {one.reason}")

found = audit(source, library, as_at="2024-08-30")
print(f"\n{'licence':<9}{'clock':<22}{'byelaws':<14}{'due':<12}{'status':<9}over")
for row in found.deadlines.iter_rows(named=True):
    over = "" if row["over"] is None else f"{row['over']} working days"
    line = f"{row['case_id']:<9}{row['timer']:<22}{row['guidance']:<14}{row['due']:<12}{row['status']:<9}{over}"
    print(line.rstrip())

print()
for row in found.findings.iter_rows(named=True):
    print(f"{row['case_id']}  {row['rule']:<16}{row['event']} on {row['happened_at'][:10]}")
