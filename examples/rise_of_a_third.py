"""A third more contacts, as a London borough had in a year: what keeps the front door in time, and how surely.

Each what-if is run against the same children as the desk that is left as it is, so that what it brings is judged
replication by replication. `examples/barking_2015_16.toml` says what is assumed.
"""

from pathlib import Path

from frontdoor.simulation import load_scenario, simulate
from frontdoor.simulation.experiments import gain

SCENARIO = Path(__file__).parent / "barking_2015_16.toml"
CLOCK = "contact.screening"
WHAT_IFS = {
    "left as it is": {},
    "the police vet their reports": {"policies.vetting.on": True},
    "the 4pm check, managers help": {"policies.check.on": True},
    "the 4pm check, nobody helps": {"policies.check.on": True, "policies.check.helped_by": {}},
    "one screener more": {"teams.screeners.staff": 6},
    "two more": {"teams.screeners.staff": 7},
}


def results(**changes):
    return simulate(*load_scenario(SCENARIO, changes=changes), replications=4).results


print("Contacts screened within a working day:")
before = results(demand=1.34)
for name, changes in WHAT_IFS.items():
    after = results(demand=1.34, **changes)
    more = gain(CLOCK, before, after)
    points = f"{more.mean * 100:+.1f} points ({more.low * 100:+.1f} to {more.high * 100:+.1f})" if changes else ""
    print(f"{name:30}{after.timers[CLOCK].in_time.mean:6.1%}  {points}".rstrip())
