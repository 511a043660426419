"""One record under three editions of the guidance: the same days, another clock, another verdict.

A referral comes on Monday 14 December 2009 and its assessment is signed off on Wednesday 30 December. An episode is
judged by the edition in force on the day it opened; `guidance=` asks what another edition would have said.
"""

from frontdoor import audit, load
from frontdoor.formats import flat_csv

LOG = """case_id,event,happened_at
K-1,referral.receive,2009-12-14T10:15
K-1,referral.accept,2009-12-14T15:40
K-1,{assessment}.start,2009-12-15T09:30
K-1,{assessment}.submit,2009-12-29T16:00
K-1,{assessment}.sign_off,2009-12-30T11:20
"""

print(f"{'guidance':<23}{'clock':<31}{'allowed':<17}{'due':<12}{'status':<7}working days over")
for edition in ("working_together_2006", "working_together_2010", "working_together_2023"):
    library = load(guidance=edition)
    assessment = library.workflow("referral").transitions["accept"].opens  # one of two stages, or the single one
    source = flat_csv.read(LOG.format(assessment=assessment).encode(), "one case")
    for row in audit(source, library).deadlines.filter(timer=f"{assessment}.completion").iter_rows(named=True):
        allowed = f"{row['allowed']} {row['unit']}"
        over = "" if row["over"] is None else row["over"]
        print(f"{row['guidance']:<23}{row['timer']:<31}{allowed:<17}{row['due']:<12}{row['status']:<7}{over}".rstrip())
