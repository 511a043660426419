"""A workflow of your own: a harbour's permit desk, which has nothing to do with children.

own_workflow/permit.toml says what may happen and how long it may take. No folder of guidance stands beside it, so the
lengths are those it gives, in force at all times; bank holidays are the ones that came with frontdoor.
"""

from pathlib import Path

from frontdoor import audit, load, read
from frontdoor.moment import written

FILES = Path(__file__).with_name("own_workflow")

library = load(workflows=FILES)
for timer in library.workflow("permit").timers.values():
    print(f"{timer.title}: {timer.allowed}")

found = audit(read(FILES / "permits.csv"), library)
print(f"\n{found.cases} permits, judged as at {written(found.as_at)}")
for row in found.deadlines.iter_rows(named=True):
    over = "" if row["over"] is None else f", working days over: {row['over']}"
    print(f"{row['case_id']}  {row['timer']:<24}due {row['due']}  {row['status']}{over}")

print()
for row in found.findings.iter_rows(named=True):
    print(f"{row['case_id']}  {row['rule']:<16}{row['event']} on {row['happened_at'][:10]}")
