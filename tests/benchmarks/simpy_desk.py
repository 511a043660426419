"""A duty desk as a SimPy user would write it: a process for each contact, teams as resources, what happens kept in a list.

The peer of `simulation.py`. It is given what frontdoor's engine draws for itself: when each contact comes, how urgent
it is, how long each piece of work takes and what it leads to. It knows the way of a referral as its code says it; what
only the kernel does is left out: whether a transition may happen, who may do it, which clocks run, under which edition.
Of what `desk` (below) says is left out on both sides, neither has any.

Of what falls into one second, what was put on the agenda first comes first, in SimPy as in the engine.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Generator
from datetime import timedelta
from heapq import heappop, heappush
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

import attrs
import simpy

from frontdoor.library import Library
from frontdoor.simulation import Scenario, load_scenario
from frontdoor.simulation.agenda import KINDS, next_at, pop
from frontdoor.simulation.arriving import EFFORT, WAIT, asked, comes, how_many, place, route
from frontdoor.simulation.draws import drawn, lot_of, quantile
from frontdoor.simulation.engine import SECOND
from frontdoor.simulation.hours import FAR, Hours, after_working_time
from frontdoor.simulation.laying_out import new_run
from frontdoor.simulation.planning import Planned
from frontdoor.simulation.replication import Floor
from frontdoor.simulation.run import ROWS, TIME, Contacts

EXAMPLE = Path(__file__).resolve().parents[2] / "examples" / "barking_2015_16.toml"
PRIORITY = 3  # as `arriving` asks for it
TASKS = ("screen", "acknowledge", "decide", "tell", "assess", "stop", "sign_off", "rework", "close")
Steps = Generator[simpy.Event, object, None]
Row = tuple[int, int, str]
"""The second, the contact's number, the event."""


def desk(*, days: int = 366, times: int = 1, cap: int = 8) -> tuple[Scenario, Library]:
    """The front door of the example with about 40,000 events a year, or so many times its contacts and staff.

    Left out of it: absence, children who are known already, visits, enquiries and conferences. A worker holds `cap`
    cases at most, so few that some wait for a worker with room.
    """
    found, library = load_scenario(EXAMPLE)
    return attrs.evolve(
        found,
        ends=found.starts + timedelta(days=days - 1),
        warm_up=0,
        tasks={name: found.tasks[name] for name in TASKS},
        teams={
            name: attrs.evolve(team, absence=0.0, staff=team.staff * times, cap=cap if team.cap else None)
            for name, team in found.teams.items()
        },
        sources={
            name: attrs.evolve(source, known=0.0, per_year=source.per_year * 0.88 * times)
            for name, source in found.sources.items()
        },
    ), library  # fmt: skip


class Journey(NamedTuple):
    """What will become of a contact, however long it waits. Efforts in seconds."""

    comes: int
    priority: int
    screen: int
    outcome: str
    acknowledge: int = 0
    decide: int = 0
    decision: str = ""
    tell: int = 0
    wait: int = 0
    """Before the assessment is written, in seconds of working days."""
    assess: int = 0
    stop: int = -1
    """What it takes a manager to stop it; -1: it is not stopped."""
    sign_off: tuple[int, ...] = ()
    """What each reading takes; after each but the last it is sent back."""
    rework: tuple[int, ...] = ()
    wait_to_close: int = 0
    close: int = 0


def journeys(planned: Planned, seed: int) -> list[Journey]:
    """Every contact of a run by the engine's own draws, in the order they come."""
    plan = planned.plan
    run = new_run(plan, planned.days, planned.expected * 2 + 1_000, 1)
    agenda, arrivals = run.agenda, run.arrivals
    agenda.clock[TIME] = plan.sizes[7]
    for s in range(plan.sizes[0]):
        comes(plan, agenda, arrivals, seed, s)
    found = []
    while next_at(agenda) < plan.sizes[8]:
        s = pop(agenda) // KINDS
        for _ in range(how_many(plan, arrivals, seed, s)):
            n = arrivals.came[s]
            arrivals.came[s] = n + 1
            found.append(_journey(planned, seed, s, n, agenda.clock[TIME]))
        comes(plan, agenda, arrivals, seed, s)
    return found


def _journey(planned: Planned, seed: int, s: int, n: int, t: int) -> Journey:
    plan, names = planned.plan, planned.compiled.transitions
    lot = lot_of(seed, s, n)
    chance = drawn(lot, PRIORITY)
    wide = plan.sizes[1]
    priority = next(p for p in range(wide) if chance < plan.sources.priority[s * wide + p])
    one = Contacts(
        case=[0], source=[s], number=[n], lot=[lot], priority=[priority], counted=[1], live=[0], holder=[-1], turns=[]
    )

    def long(task: str, what: int = EFFORT, turn: int = 0) -> int:
        number = planned.tasks.index(task)
        table = (plan.tasks.wait if what == WAIT else plan.tasks.effort)[place(plan.sizes, one, number, 0)]
        return quantile(plan.quantiles, table, asked(one, 0, number, turn, what))

    def outcome(task: str, turn: int = 0) -> str:
        does = plan.tasks.does[route(plan.sizes, plan.tasks, one, 0, planned.tasks.index(task), turn)]
        return names[does] if does < len(names) else planned.tasks[does - len(names)]

    made = Journey(t, priority, long("screen"), outcome("screen"))
    if made.outcome != "contact.refer":
        return made
    made = made._replace(
        acknowledge=long("acknowledge"), decide=long("decide"), decision=outcome("decide"), tell=long("tell")
    )
    if made.decision != "referral.accept":
        return made
    turns = next(i for i in range(99) if outcome("sign_off", i) == "single_assessment.sign_off")
    return made._replace(
        wait=long("assess", WAIT), assess=long("assess"), stop=long("stop") if outcome("assess") == "stop" else -1,
        sign_off=tuple(long("sign_off", turn=i) for i in range(turns + 1)), rework=tuple(long("rework", turn=i) for i in range(turns)),
        wait_to_close=long("close", WAIT), close=long("close"),
    )  # fmt: skip


class Team(simpy.PriorityResource):
    """Workers who begin nothing while their office is shut, and go on in the morning with what they had begun."""

    def __init__(self, env: simpy.Environment, spans: list[tuple[int, int]], staff: int) -> None:
        super().__init__(env, staff)
        self.spans, self.shuts = spans, [shut for _, shut in spans]
        self.open_till = 0
        env.process(self.hours(env))

    def hours(self, env: simpy.Environment) -> Steps:
        """Open the office again and again; whoever is free takes what waits."""
        for opens, shuts in self.spans:
            yield env.timeout(opens - env.now)
            self.open_till = shuts
            for _ in range(min(len(self.queue), self.capacity - len(self.users))):
                self._trigger_put(None)

    def _do_put(self, event: simpy.resources.resource.PriorityRequest) -> None:
        if self._env.now < self.open_till:
            super()._do_put(event)

    def free(self, request: simpy.resources.resource.PriorityRequest) -> None:
        """Whoever is done takes up what waits there and then; to release would let in what comes in the same second."""
        self.users.remove(request)
        self._trigger_put(None)

    def takes(self, effort: int) -> int:
        """How long work that is begun now takes, nights included."""
        now: int = self._env.now
        for i in range(bisect_right(self.shuts, now), len(self.spans)):
            opens, shuts = self.spans[i]
            begins = max(now, opens)
            if effort <= shuts - begins:
                return begins + effort - now
            effort -= shuts - begins
        return FAR


class Holder(Team):
    """A worker who holds cases, and does the work on them alone."""

    def __init__(self, env: simpy.Environment, spans: list[tuple[int, int]]) -> None:
        super().__init__(env, spans, 1)
        self.cases = 0


class Case:
    """A contact that became a referral: its worker, and how many of its pieces of work are not yet done."""

    __slots__ = ("holder", "left", "number")

    def __init__(self, number: int) -> None:
        self.number, self.left = number, 1
        self.holder: Holder | None = None


class FrontDoor:
    """One run: `log` is what happened."""

    def __init__(self, planned: Planned, came: list[Journey]) -> None:
        """Lay the office out; nothing has happened."""
        self.log: list[Row] = []
        self.env = env = simpy.Environment(planned.plan.sizes[7])
        self.end, self.calendar = planned.plan.sizes[8], planned.hours
        self.cap = max(one.cap or 0 for one in planned.scenario.teams.values())
        self.teams = {
            name: Team(env, _spans(planned.hours, planned.plan.teams.rota[m]), planned.scenario.teams[name].staff)
            for m, name in enumerate(planned.teams) if name not in ("social_workers", "chairs")
        }  # fmt: skip
        office = self.teams["screeners"].spans
        self.holders = [Holder(env, office) for _ in range(planned.scenario.teams["social_workers"].staff)]
        self.waiting: list[tuple[int, int, Case, simpy.Event]] = []
        self.waited = 0
        env.process(self.arrivals(came))

    def run(self) -> list[Row]:
        """Go through the year."""
        self.env.run(self.end)
        return self.log

    def arrivals(self, came: list[Journey]) -> Steps:
        """Contacts come when they come."""
        env = self.env
        for number, one in enumerate(came):
            if one.comes > env.now:
                yield env.timeout(one.comes - env.now)
            env.process(self.contact(number, one))

    def contact(self, number: int, one: Journey) -> Steps:
        """A contact is screened, and goes on if it is referred."""
        env, log = self.env, self.log
        log.append((env.now, number, "contact.receive"))
        team = self.teams["screeners"]
        if one.priority == 0 and env.now >= team.open_till and env.now < self.teams["edt"].open_till:
            team = self.teams["edt"]
        yield from self.piece(team, one.priority, 0, one.screen)
        log.append((env.now, number, one.outcome))
        if one.outcome != "contact.refer":
            return
        log.append((env.now, number, "referral.receive"))
        case = Case(number)
        env.process(self.letter(case, one, one.acknowledge, "referral.acknowledge"))
        yield from self.piece(self.teams["managers"], one.priority, 0, one.decide)
        log.append((env.now, number, one.decision))
        env.process(self.letter(case, one, one.tell, "referral.feed_back"))
        if one.decision == "referral.accept":
            yield from self.assessment(case, one)
        self.done(case)

    def letter(self, case: Case, one: Journey, effort: int, event: str) -> Steps:
        """An officer writes to whoever referred the child."""
        case.left += 1
        yield from self.piece(self.teams["officers"], one.priority, 0, effort)
        self.log.append((self.env.now, case.number, event))
        self.done(case)

    def assessment(self, case: Case, one: Journey) -> Steps:
        """A worker with room holds the case, assesses, and does again what a manager sends back; at last it is closed."""
        env, log, number, managers = self.env, self.log, case.number, self.teams["managers"]
        log.append((env.now, number, "single_assessment.start"))
        if not self.allocate(case):
            room = env.event()
            self.waited += 1
            heappush(self.waiting, (one.priority, self.waited, case, room))
            yield room
        holder = case.holder
        assert holder is not None
        yield from self.piece(holder, one.priority, self.until(one.wait), one.assess)
        if one.stop >= 0:
            yield from self.piece(managers, one.priority, 0, one.stop)
            log.append((env.now, number, "single_assessment.terminate"))
        else:
            log.append((env.now, number, "single_assessment.submit"))
            for effort, again in zip(one.sign_off, one.rework, strict=False):
                yield from self.piece(managers, one.priority, 0, effort)
                log.append((env.now, number, "single_assessment.return_for_work"))
                yield from self.piece(holder, one.priority, 0, again)
                log.append((env.now, number, "single_assessment.submit"))
            yield from self.piece(managers, one.priority, 0, one.sign_off[-1])
            log.append((env.now, number, "single_assessment.sign_off"))
        yield from self.piece(managers, one.priority, self.until(one.wait_to_close), one.close)
        log.append((env.now, number, "referral.close"))

    def piece(self, team: Team, priority: int, wait: int, effort: int) -> Steps:
        """Work can be begun after a wait (if that is none, then behind all that is on the agenda for this second), waits for
        a worker, and is done."""
        yield self.env.timeout(wait)
        request = team.request(priority)
        yield request
        yield self.env.timeout(team.takes(effort))
        team.free(request)

    def until(self, wait: int) -> int:
        """How long so many seconds of working days last from now."""
        return after_working_time(self.calendar, self.env.now, wait) - self.env.now

    def allocate(self, case: Case) -> bool:
        """Give a case to the worker who holds the fewest, if that is less than the most."""
        holder = min(self.holders, key=_cases)
        if holder.cases == self.cap:
            return False
        holder.cases += 1
        case.holder = holder
        return True

    def done(self, case: Case) -> None:
        """A piece of work of a case is over. With the last its worker has room for another."""
        case.left -= 1
        if case.left == 0 and case.holder is not None:
            case.holder.cases -= 1
            if self.waiting:
                _, _, first, room = heappop(self.waiting)
                self.allocate(first)
                room.succeed()


_cases = attrgetter("cases")


def _spans(hours: Hours, rota: int) -> list[tuple[int, int]]:
    """When a rota is open."""
    i, found = hours.span[rota * len(hours.works)], []
    while hours.opens[i] < FAR:
        found.append((hours.opens[i], hours.shuts[i]))
        i += 1
    return found


def rows_of(floor: Floor) -> list[Row]:
    """The log of the engine's run, said as the model says its own; contacts numbered as they came."""
    run, names, n = floor.run, floor.planned.compiled.transitions, int(floor.run.now[ROWS])
    return [
        (int(at) // SECOND, int(c), names[transition])
        for at, c, transition in zip(floor.events.earliest[:n], run.marks.of[:n], floor.events.transition[:n], strict=True)
    ]  # fmt: skip
