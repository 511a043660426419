"""Audit a file of records: an invented London borough's front door in the autumn it was inspected, 2009.

Each row of inspection_2009.csv is one thing that somebody did, with the moment it happened and the moment it was typed.
"""

from pathlib import Path

from frontdoor import audit, load, read
from frontdoor.moment import written

found = audit(read(Path(__file__).with_name("inspection_2009.csv")), load())

print(f"{found.cases} cases, judged as at {written(found.as_at)}")
for row in found.source.rejected:
    print(f"row {row.row} was left out: {row.column} {row.text!r} {row.reason}")

statuses = ("met", "late", "ended", "overdue", "running")
print(f"\n{'deadlines':<31}" + "".join(f"{status:>9}" for status in statuses))
for timer, counts in found.timers.items():
    print(f"{timer:<31}" + "".join(f"{counts.get(status, 0):>9}" for status in statuses))

print("\nfindings")
for rule, count in found.rules.items():
    print(f"{rule:<31}{count:>9}")

worst = found.deadlines.filter(basis="statutory").sort("over", descending=True, nulls_last=True).row(0, named=True)
print(f"\nThe worst breach: {worst['timer']} of case {worst['case_id']}, under {worst['guidance']}.")
print(f"Counted from {worst['counts_from']} at {worst['counted_from']}, due {worst['due']}, {worst['status']};")
print(f"working days over: {worst['over']}.")
