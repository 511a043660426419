"""An authority's own file laid over the guidance: a shorter clock is taken, a longer one refused unless it says why.

A day when Riverside's offices were shut moves its due date on by one. Add `departs = "reason"` to the table in
local_overlay/too_slow.toml, and that file loads too.
"""

from pathlib import Path

from frontdoor import InvalidWorkflow, audit, load
from frontdoor.formats import flat_csv

FILES = Path(__file__).with_name("local_overlay")
LOG = b"""case_id,event,happened_at
K-2,referral.receive,2024-12-02T09:50
K-2,referral.accept,2024-12-02T14:10
K-2,single_assessment.start,2024-12-03T09:00
K-2,single_assessment.submit,2025-01-29T15:45
K-2,single_assessment.sign_off,2025-01-31T10:30
"""

source = flat_csv.read(LOG, "one case")
for name, library in {"the guidance": load(), "Riverside": load(local=FILES / "riverside.toml")}.items():
    row = audit(source, library).deadlines.filter(timer="single_assessment.completion").row(0, named=True)
    print(f"{name}: {row['allowed']} {row['unit']}, due {row['due']}, {row['status']}")

try:
    load(local=FILES / "too_slow.toml")
except InvalidWorkflow as refused:
    for fault in refused.faults:
        print(f"\nrefused: [{fault.where}] {fault.message}\n{fault.advice}")
