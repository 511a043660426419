"""Weighing what several sources say of one child's workflow: which episodes are the same, and which facts in them."""

from __future__ import annotations

__all__ = ["weigh"]

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from itertools import groupby

from frontdoor.formats.matching.flows import Flow, Flows
from frontdoor.formats.matching.pairing import Alike, paired
from frontdoor.formats.matching.runs import FEW, Fact, Near, Run, Told, placed
from frontdoor.moment import EPOCH


def weigh(
    told: Iterable[Told], flows: Flows, names: Sequence[str], alike: Alike, logs: Mapping[int, tuple[int, int]]
) -> Iterator[tuple[int, int, str, bool, int]]:
    """For each row of one child's workflow, those of a source in the order they are folded: the row, the row that stands for
    its fact, the label of its episode, whether it contradicts that fact, and the number of its episode. `alike`: see
    `pairing.paired`; `logs` are the sources that are logs without a reference date: of each
    the first and last moment that it speaks of."""
    flow, tellings = Flow(), []
    for _, some in groupby(told, key=lambda one: one.source):
        tellings.append([Fact([one], one.first, one.last) for one in some])
        flow = flows.of(tellings[-1][0].event)
    sources = [
        list(dict.fromkeys(placed(((fact, fact.told[0].label) for fact in facts), flow)))
        for facts in _one_after_another(tellings, logs)
    ]
    runs = _joined(sources, flow, alike)
    labels = _labelled(runs, flow, names)
    for n, run in enumerate(runs):
        for fact in run.facts:
            for one in fact.told:
                yield one.row, fact.told[0].row, labels[run], False, n
            for one in fact.against:
                yield one.row, fact.told[0].row, labels[run], True, n


def _one_after_another(tellings: Sequence[list[Fact]], logs: Mapping[int, tuple[int, int]]) -> list[list[Fact]]:
    """The tellings, with those of logs that follow one another in time and name no episode made one, at the place of the
    first-named: they are parts of one log, so what the later tells without an opening belongs to what the earlier left open."""
    free = [
        facts for facts in tellings
        if facts[0].told[0].source in logs and not any(fact.told[0].label for fact in facts)
    ]  # fmt: skip
    chains: list[list[list[Fact]]] = []
    for facts in sorted(free, key=lambda facts: logs[facts[0].told[0].source]):
        before = chains[-1][-1] if chains else None
        begins, _ = logs[facts[0].told[0].source]
        if before and logs[before[0].told[0].source][1] <= begins and not _tell_of_one(before, facts):
            chains[-1].append(facts)
        else:
            chains.append([facts])
    whole: dict[int, list[Fact]] = {}
    for chain in chains:
        one_log = [fact for facts in chain for fact in facts]
        whole |= dict.fromkeys(map(id, chain), one_log)
    found = (whole.get(id(facts), facts) for facts in tellings)
    return list({id(facts): facts for facts in found}.values())


def _tell_of_one(some: Sequence[Fact], others: Sequence[Fact]) -> bool:
    """Whether any fact of one may be a fact of the other."""
    return any(one.event == other.event and one.meets(other) for one in some for other in others)


def _joined(sources: Sequence[Sequence[Run]], flow: Flow, alike: Alike) -> list[Run]:
    """The episodes of all sources, with what is the same in several made one, as the first-named tells of it."""
    same = paired(sources, flow, alike)
    runs: list[Run] = []
    for theirs in sources:
        new: list[tuple[Run, Fact]] = []
        for run in theirs:
            known = same[run][0]
            left = _merged(known, run, flow) if known is not run else run.facts
            new += [(known, fact) for fact in left]
            if known is not run:
                known.facts += left
                known.labels += run.labels
        _strays(runs, new)
        runs += (run for run in theirs if same[run][0] is run)
    return [run for run in runs if run.facts]


def _merged(mine: Run, theirs: Run, flow: Flow) -> list[Fact]:
    """Make one what is the same in two tellings of an episode; those of their facts that are not among mine."""
    mine_of, theirs_of = (Counter(fact.event for fact in run.facts) for run in (mine, theirs))
    alone = {fact.event: fact for fact in mine.facts if mine_of[fact.event] == 1}
    free = dict.fromkeys(mine.facts)
    left = _agreed(theirs.facts, free)
    agreed = len(left) < len(theirs.facts)
    near = Near((mine, fact) for fact in free)
    ends = [fact for fact in mine.facts if flow.ends(fact.event)]
    new = []
    for fact in left:
        event = fact.event
        if mine_of[event] == theirs_of[event] == 1 and not flow.stays(event):
            found: Fact | None = alone[event] if agreed or alone[event].reaches(fact) else None
        else:
            found = min((other for _, other in near.to(fact)), key=lambda other: other.gap(fact), default=None)
        if found is None and flow.ends(event) and len(ends) == 1 and ends[0] in free and ends[0].gap(fact) == 0:
            found = ends[0]  # it ended then, but otherwise
        if found is None:
            new.append(fact)
        else:
            free.pop(found, None)
            near.drop(found)
            found.against += fact.told
    new = _lived_on(mine, new, flow)
    if theirs.opened in new and mine.opened is None:
        mine.opened = theirs.opened
    return new


def _lived_on(mine: Run, new: list[Fact], flow: Flow) -> list[Fact]:
    """Those of another source's facts that can stand beside mine; the others contradict these (`_at_odds`)."""
    sources = {one.source for fact in new for one in fact.told}
    own = [
        fact for fact in mine.facts
        if flow.moves_on(fact.event) and sources.isdisjoint(one.source for one in fact.told)
    ]  # fmt: skip
    own.sort(key=lambda fact: fact.first)
    ends = sorted((fact for fact in own if flow.ends(fact.event)), key=lambda fact: fact.last)
    left = []
    for fact in new:
        others = own if flow.ends(fact.event) else ends
        against = next((one for one in others if _at_odds(one, fact, flow)), None)
        if against is None:
            left.append(fact)
        else:
            against.against += fact.told
    return left


def _at_odds(one: Fact, other: Fact, flow: Flow) -> bool:
    """Whether two facts cannot both be of one episode: one ended it, and what the other tells can come neither before that nor
    after it; and the other's source would know, or both may be one moment."""
    for end, fact in ((one, other), (other, one)):
        if flow.ends(end.event) and flow.moves_on(fact.event):
            before = fact.first <= end.last and flow.precedes(fact.event, end.event)
            after = end.first <= fact.last and flow.outlives(fact.event, end.event)
            if not before and not after:
                return not end.gap(fact) or end.reaches(fact)
    return False


def _agreed(facts: list[Fact], free: dict[Fact, None]) -> list[Fact]:
    """Join those of the facts that can be one of the free ones: first the very same, then what can be one moment. The rest."""
    exact: dict[tuple[str, int, int], list[Fact]] = defaultdict(list)
    for fact in free:
        exact[fact.event, fact.first, fact.last].append(fact)
    left = facts
    for strict in (True, False):
        facts, left = left, []
        for fact in facts:
            some = exact[fact.event, fact.first, fact.last]
            found = next((one for one in some[:FEW] if not (strict and one.differs(fact))), None)
            if found is None:
                left.append(fact)
                continue
            some.remove(found)
            free.pop(found)
            found.agree(fact)
    run = Run()
    near = Near((run, fact) for fact in free)
    facts, left = left, []
    for fact in facts:
        together = [other for _, other in near.to(fact, 0)]
        if not together:
            left.append(fact)
            continue
        found = min(together, key=lambda other: (other.differs(fact), other.last - other.first, other.first))
        near.drop(found)
        free.pop(found)
        found.agree(fact)
    return left


def _strays(mine: list[Run], new: list[tuple[Run, Fact]]) -> None:
    """Join what is the same moment's in two sources, and stands in different episodes only because one has no labels."""
    added = {fact for _, fact in new}
    near = Near((run, fact) for run in mine for fact in run.facts if fact not in added)
    for run, fact in new:
        for known, other in near.to(fact, 0):
            told, there = fact.told[0], {one.source for one in (*other.told, *other.against)}
            labelled = told.label and other.told[0].label
            if known is run or labelled or told.source in there or run.opened is fact or known.opened is other:
                continue
            near.drop(other)
            other.agree(fact)
            run.facts.remove(fact)
            if run.surety(told) > known.surety(other.told[0]):
                known.facts.remove(other)
                run.facts.append(other)
            break


def _labelled(runs: list[Run], flow: Flow, names: Sequence[str]) -> dict[Run, str]:
    """The label of each episode: the first that a source gives it; none where events find their episode without."""
    used: set[str] = set()
    labels: dict[Run, str] = {}
    for run in runs:
        label = run.labels[0] if run.labels else ""
        if label and label in used:
            label = _unused(f"{label} ({names[run.facts[0].told[0].source]})", used)
        used.add(label)
        labels[run] = label
    # What no source gives an opening or a label belongs where the record as a whole puts it.
    loose = {run for run in runs if run.opened is None and not run.labels}
    wanted = [(fact, run) for run in runs for fact in run.facts if run not in loose]
    wanted.sort(key=lambda one: (one[0].first, one[0].told[0].source, one[0].told[0].row))
    there = placed(((fact, labels[run]) for fact, run in wanted), flow)
    both = {(run, place) for (_, run), place in zip(wanted, there, strict=True)}
    if len(both) == len({run for run, _ in both}) == len({place for _, place in both}):
        return labels
    for run in runs:
        if not labels[run] and run not in loose:
            fact = run.opened or min(run.facts, key=lambda one: one.first)
            day = date.fromordinal(max(one.day for one in fact.told) + EPOCH)
            labels[run] = _unused(f"{fact.event.partition('.')[0]} of {day}", used)
    return labels


def _unused(label: str, used: set[str]) -> str:
    found, n = label, 1
    while found in used:
        n += 1
        found = f"{label} {n}"
    used.add(found)
    return found
