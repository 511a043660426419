"""What a folded case looks like: its episodes and deadlines for people, and the rows of them that a log keeps."""

from __future__ import annotations

__all__ = ["breaches", "deadline", "episode", "explanation", "key_of", "standing"]

from collections.abc import Hashable, Iterable, Mapping
from datetime import date, datetime

import attrs

from frontdoor.case import Breach, Deadline, Episode
from frontdoor.desk.folding import Folding, Judged
from frontdoor.errors import LogTampered
from frontdoor.event import Draft, Event, stored
from frontdoor.explanation import Explanation, explained
from frontdoor.log.standing import BreachRow, DeadlineRow, EpisodeRow, Standing
from frontdoor.moment import instant, moment_of, written
from frontdoor.sentences import WHY
from frontdoor.verdict import LATE, OVERDUE, STATUSES

Key = tuple[str, str, str, int]
"""What a breach is of, once: the episode's name, the timer, the id of the event it counts from, when it is late."""


def episode(folding: Folding, e: int, *, place: int | None = None) -> Episode:
    """An episode as it stands; with `place` as it was before and after the fact there."""
    opening, changed = folding.opening(e), folding.rows[folding.came[e]]
    edition = folding.book.edition[e]
    was, state = (None, folding.state(e)) if place is None else folding.states(place)
    return Episode(
        folding.names[e], folding.compiled.composed(edition).workflows[folding.workflow(e)], state,
        folding.compiled.edition(edition), opening.happened_at, changed.happened_at, opening.family, was,
    )  # fmt: skip


def deadline(folding: Folding, one: Judged) -> Deadline:
    """A deadline as it was judged."""
    said = folding.rulebook.length(one.edition, one.timer, one.again)
    anchor, stop = _row(folding, one.anchored), _row(folding, one.stopped)
    late_from = folding.late_from(one)
    return Deadline(
        case=folding.opening(one.episode).case_id, episode=folding.names[one.episode], timer=said.timer, title=said.title,
        guidance=said.guidance, counts_from=_counts_from(folding, one),
        counted_from=anchor.happened_at if anchor else None, anchor=anchor.event_id if anchor else "",
        allowed=said.scale, due=folding.due(one), late_from=None if late_from is None else moment_of(late_from),
        stopped_by=stop.event_id if stop else "", stopped_at=stop.happened_at if stop else None,
        status=STATUSES[one.status], over=_over(one), why=WHY.get(one.why, ""), basis=said.basis, cites=said.source,
    )  # fmt: skip


def explanation(folding: Folding, one: Judged) -> Explanation:
    """A deadline as it was judged, in words; rows are positions in the log."""
    anchor, stop = _row(folding, one.anchored), _row(folding, one.stopped)
    said = explained(
        folding.compiled, edition=one.edition, timer=one.timer, again=one.again,
        case=folding.opening(one.episode).case_id, episode=folding.names[one.episode],
        opened=folding.opening(one.episode).happened_at, counts_from=_counts_from(folding, one),
        counted_from=anchor.happened_at if anchor else None, counted_row=_position(anchor),
        due=written(folding.due(one)), stopped_by=stop.event if stop else "",
        stopped_at=stop.happened_at if stop else None, stopped_row=_position(stop),
        status=STATUSES[one.status], over=_over(one), why=one.why,
    )  # fmt: skip
    return attrs.evolve(said, row_is="event")


def key_of(folding: Folding, one: Judged) -> Key | None:
    """What a breach of a deadline would be of; None where it cannot fall due."""
    late_from, anchor = folding.late_from(one), _row(folding, one.anchored)
    if late_from is None:
        return None
    said = folding.compiled.timers[one.timer]
    return folding.names[one.episode], said, anchor.event_id if anchor else "", late_from


def breaches(events: Iterable[Event]) -> dict[str, BreachRow]:
    """Every breach that the events of a case raise, by the id of the event that raised it, and whether it was withdrawn."""
    found: dict[str, BreachRow] = {}
    for event in events:
        said = event.details
        if event.name == "breach_raised":
            found[event.event_id] = BreachRow(
                event.case_id, event.event_id, event.episode, said["timer"], said["anchor"], said["due"],
                instant(datetime.fromisoformat(said["late_from"])), said["detected_at"], said["lag_seconds"], said["basis"],
                said["guidance"], said["calendar"], "", "", "",
            )  # fmt: skip
        elif event.name == "breach_withdrawn":
            if said["breach"] not in found:
                why = f"{event.where} withdraws a breach that the log does not have: see what verify says."
                raise LogTampered(why, event.position or None)
            row = found[said["breach"]]
            found[row.breach] = row._replace(
                withdrawn=event.event_id, withdrawn_at=stored(event.recorded_at), why=said["why"]
            )
    return found


def stands(rows: Iterable[BreachRow]) -> dict[Key, BreachRow]:
    """Those that have not been withdrawn, by what they are of."""
    return {breach_key(row): row for row in rows if not row.withdrawn}


def breach_key(row: BreachRow) -> Key:
    """What a breach is of."""
    return row.episode, row.timer, row.anchor, row.late_from


def breach(event: Event, row: BreachRow) -> Breach:
    """A breach for people, from the event that raised it and what became of it."""
    said = event.details
    due = None if not row.due else datetime.fromisoformat(row.due) if len(row.due) > 10 else date.fromisoformat(row.due)
    return Breach(
        row.case_id, row.episode, row.timer, said["title"], row.anchor, f"{said['counts_from']}, {said['counted_from']}", due,
        moment_of(row.late_from), datetime.fromisoformat(row.detected_at), row.basis, row.edition, row.calendar, row.breach,
        datetime.fromisoformat(row.withdrawn_at) if row.withdrawn else None, row.why,
    )  # fmt: skip


def standing(folding: Folding, raised: Mapping[str, Mapping[str, BreachRow]]) -> list[Standing]:
    """What stands of cases, as rows, from their facts folded together and the breaches that were raised of each."""
    episodes: dict[str, list[EpisodeRow]] = {case: [] for case in raised}
    deadlines: dict[str, list[DeadlineRow]] = {case: [] for case in raised}
    breached = {case: frozenset(stands(those.values())) for case, those in raised.items() if those}
    book, rows, names, came = folding.book, folding.rows, folding.names, folding.came
    happened, state = folding.moments, folding.rulebook.state
    for e in folding.episodes:
        opened = book.opened[e]
        opening = rows[opened]
        digest = opening.digest if isinstance(opening, Event) else folding.digests[e]  # which the log is yet to say
        mine = episodes[opening.case_id]
        mine.append(EpisodeRow(
            opening.case_id, len(mine) + 1, names[e], *state(book.edition[e], book.workflow[e], book.state[e]), happened[opened],
            happened[came[e]], opening.family, digest,
        ))  # fmt: skip
    alone, before, said = len(raised) == 1, folding.said, dict[Hashable, DeadlineRow]()
    for judged in folding.at_rest:
        case, name = rows[book.opened[judged.episode]].case_id, names[judged.episode]
        those, late = deadlines[case], breached.get(case, _NONE)
        key = judged, len(those), name, late
        row = (before.get(key) if alone else None) or _deadline_row(folding, judged, case, len(those) + 1, name, late)
        those.append(row)
        if alone:
            said[key] = row
    folding.said = said
    return [
        Standing(case, tuple(episodes[case]), tuple(deadlines[case]), tuple(raised[case].values())) for case in episodes
    ]


_NONE: frozenset[Key] = frozenset()


def _deadline_row(
    folding: Folding, judged: Judged, case: str, number: int, name: str, breached: frozenset[Key]
) -> DeadlineRow:
    length = folding.rulebook.length(judged.edition, judged.timer, judged.again)
    rows, happened, late_from = folding.rows, folding.moments, folding.late_from(judged)
    anchor = rows[judged.anchored].event_id if judged.anchored >= 0 else ""
    stop = rows[judged.stopped].event_id if judged.stopped >= 0 else ""
    return DeadlineRow(
        case, number, name, length.timer, _counts_from(folding, judged), anchor, happened[judged.anchored],
        length.allowed, length.unit, written(folding.due(judged)), late_from, STATUSES[judged.status], stop,
        happened[judged.stopped], _over(judged), length.basis, length.guidance, length.source,
        int((name, length.timer, anchor, late_from) in breached),
    )  # fmt: skip


def _row(folding: Folding, row: int) -> Draft | None:
    return folding.rows[row] if row >= 0 else None


def _position(fact: Draft | None) -> int | None:
    return (fact.position or None) if isinstance(fact, Event) else None


def _counts_from(folding: Folding, one: Judged) -> str:
    return folding.compiled.transitions[folding.rules.anchor[one.by_anchor]] if one.anchored >= 0 else ""


def _over(one: Judged) -> int | None:
    return one.over if one.status in (LATE, OVERDUE) and one.over >= 0 else None
