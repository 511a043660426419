"""Which deadlines are likely to be missed in the next ten days, what would help, and how far to trust that.

The log is a simulated year, of which a forecast made in the middle knows nothing but what had happened by then: who
works there and what work takes is read from the log, too.
"""

from pathlib import Path

from frontdoor.calibration import calibrate
from frontdoor.forecasting import forecast, moments_of, score
from frontdoor.replay.audit import run
from frontdoor.simulation import load_scenario, simulate

scenario, library = load_scenario(Path(__file__).parent / "barking_2015_16.toml")
log = simulate(scenario, library, replications=1, seed=12, log=True).log


def on(morning, replications=50, options=False):
    audit = run(log, library, as_at=morning)
    return forecast(audit, desk, library, days=10, replications=replications, options=options)


now = "2016-01-18T08:00"
desk = calibrate(log, library, as_at="2015-11-02", match=False).scenario(library)
found = on(now, options=True)
print(f"{len(found.deadlines)} deadlines fall due, {len(found.late)} are late already. Likeliest to be missed:")
for one in found.deadlines[:5]:
    print(f"  {one.missed.mean:4.0%}  {one.case}  {one.timer}, due {one.due}")
best = found.options[0]
print(f"Of all changes of staff by one, {best.what} would save most: {best.saves.mean:.1f} deadlines.")

past = moments_of(found.starts, 10, 10)
trust = score(run(log, library), past, 10, on)
print(f"Of {trust.many:,} forecasts on {len(past)} past Mondays, {trust.missed} deadlines missed:")
for told in trust.bins:
    print(f"  told {told.low:3.0%} to {told.high:4.0%}: {told.many:5,}, {told.came:6.1%} missed")
print(f"Brier score {trust.brier:.4f}, base rates {trust.by_timer:.4f}")
