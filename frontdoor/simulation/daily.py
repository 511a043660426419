"""What happens by the clock: rotas open, and every working day is checked. Written for CPython and numba alike."""

from __future__ import annotations

__all__ = ["daily_check", "open_rota"]

from frontdoor.simulation.agenda import count_waiting, join, leave, push, rest, rise, stand_first
from frontdoor.simulation.arriving import CHECK, FREE_NOW, OPENS
from frontdoor.simulation.hours import FAR, Hours, day_of, is_open, is_there, span_at
from frontdoor.simulation.plan import Plan
from frontdoor.simulation.run import TIME, Agenda, Checks, Contacts, Line, Staff, Work


def open_rota(hours: Hours, plan: Plan, agenda: Agenda, line: Line, staff: Staff, seed: int, rota: int) -> None:
    """A rota opens: who is there today is idle, unless at work on something."""
    t, teams = agenda.clock[TIME], plan.teams
    day = day_of(hours, t)
    for team in range(plan.sizes[3]):
        if teams.rota[team] == rota:
            for worker in range(teams.staff0[team], teams.staff0[team + 1]):
                if staff.is_idle[worker]:
                    rise(staff, team, worker)
                if staff.busy[worker] < 0 and is_there(seed, teams.who[worker], day, teams.absence[team]):
                    rest(staff, team, worker)
                    if line.waiting[team] > 0:
                        push(agenda, t, FREE_NOW, worker)
    i = span_at(hours, rota, t) + 1
    if hours.opens[i] < FAR:
        push(agenda, hours.opens[i], OPENS, rota)


def daily_check(
    hours: Hours, plan: Plan, agenda: Agenda, contacts: Contacts, work: Work, line: Line, staff: Staff, checks: Checks
) -> None:
    """The daily check: what waits is counted; what has waited long goes a step up; what falls due today goes to the front."""
    t, wide, teams = agenda.clock[TIME], plan.sizes[1], plan.sizes[3]
    day = day_of(hours, t)
    push(agenda, hours.midnight[day + 1] + plan.sizes[10], CHECK, 0)
    if not hours.works[day]:
        return
    for queue in range(0, (2 * teams + plan.sizes[4]) * wide, wide):
        for level in range(wide):
            item = line.head[queue + level]
            while item >= 0:
                behind, waited = line.after[item], t - work.since[item]
                here = day * 2 * teams + work.team[item]
                checks.backlog[here] += 1
                checks.oldest[here] = max(checks.oldest[here], waited)
                long = plan.policies[1] * (contacts.priority[work.contact[item]] - level + 1)
                if level > 0 and plan.policies[1] and waited >= long:
                    leave(line, item)
                    join(line, item, queue + level - 1)
                item = behind
    if plan.policies[0]:
        for group in range(teams + plan.sizes[4]):
            _bring_forward(hours, plan, work, line, group, t, hours.midnight[day + 1])
        for helper in range(teams):
            if _helps(plan, helper):
                worker = staff.first[helper]
                while worker >= 0:
                    push(agenda, t, FREE_NOW, worker)
                    worker = staff.after[worker]
    if t >= plan.sizes[9]:
        for worker in range(plan.sizes[4]):
            staff.holds[plan.teams.works_in[worker] * (plan.sizes[6] + 1) + staff.load[worker]] += 1


def _helps(plan: Plan, helper: int) -> bool:
    """Whether a team takes work over from any."""
    found = False
    for team in range(plan.sizes[3]):
        found = found or plan.policies[2 + team] == helper
    return found


def _bring_forward(hours: Hours, plan: Plan, work: Work, line: Line, group: int, t: int, tonight: int) -> None:
    """What falls due today in a team's queues, or a worker's own, goes to the front of its priority, in the order it is in, what
    is late already left behind; or to the team that helps at the check, if that is there."""
    helper = plan.policies[2 + group] if group < plan.sizes[3] else -1
    if helper >= 0 and not is_open(hours, plan.teams.rota[helper], t):
        helper = -1
    for level in range(plan.sizes[1]):
        queue = group * plan.sizes[1] + level
        item, first, is_last = line.tail[queue], line.head[queue], False
        while item >= 0 and not is_last:
            before, is_last = line.before[item], item == first
            if t < work.due[item] <= tonight:
                leave(line, item)
                if helper >= 0:
                    count_waiting(line, t, plan.sizes[9], group, -1)
                    count_waiting(line, t, plan.sizes[9], helper, 1)
                    waited = max(0, t - max(work.since[item], plan.sizes[9]))  # all its wait is told of who does it
                    line.area[group] -= waited
                    line.area[helper] += waited
                    work.team[item] = helper
                    stand_first(line, item, helper * plan.sizes[1] + level)
                else:
                    stand_first(line, item, queue)
            item = before
