"""One step: may this happen, where does it lead, which clocks start, stop, fall due. Nothing else decides that.

A case is a fold of `step` over its events. `step` is written in the part of Python that both CPython and numba run:
plain indexables of integers in, a bitmask of all faults out. `Rules` are the workflows under their editions,
`Events` the columns of what happened, `Book` what is known so far of the cases: their episodes and deadlines.

A deadline is written when its clock first runs with something to count from. It is stopped by an exit from the states
it runs in, or by a transition it runs until, and resumed by coming back. A clock that counts from the latest
occurrence ends one deadline and starts the next. What it comes to is asked afterwards (`verdict`), as at any moment:
the fold keeps rows, so judging today and judging tomorrow read the same book.
"""

from __future__ import annotations

__all__ = [
    "AFTER_CLOSE", "FAULTS", "ILLEGAL", "MISSING", "NOT_IN_EDITION", "OPENED_WITHOUT", "OVERLAP", "RECORDED_LATE",
    "SAME_PERSON", "STILL_OPEN", "UNKNOWN", "WRONG_ROLE", "fold", "new_case", "room", "step",
]  # fmt: skip

from frontdoor.book import Book
from frontdoor.counting import add_working_days
from frontdoor.rows import NEVER, UNBOUND, Events
from frontdoor.rules import Rules
from frontdoor.verdict import table_of

# Faults, in the order in which an audit lists those of one event.
ILLEGAL, AFTER_CLOSE, UNKNOWN, MISSING, WRONG_ROLE, SAME_PERSON = 1, 2, 4, 8, 16, 32
OPENED_WITHOUT, STILL_OPEN, OVERLAP, NOT_IN_EDITION, RECORDED_LATE = 64, 128, 256, 512, 1024
FAULTS = (
    "illegal-transition", "after-close", "unknown-event", "missing-detail", "wrong-role", "same-person",
    "opened-without", "still-open", "overlap", "not-in-edition", "recorded-late",
)  # fmt: skip


def new_case(rules: Rules, book: Book) -> None:
    """Begin the next case: nothing is open in it, nothing has happened."""
    for place in range(book.tally[8], book.tally[8] + rules.sizes[1]):
        book.latest[place] = -1
        book.newest[place] = -1
    book.tally[4] = book.tally[0]
    book.tally[5] = 0
    book.tally[6] = 0


def step(rules: Rules, events: Events, book: Book, row: int, believe: bool) -> int:
    """Apply one row to the book. Returns all its faults; with `believe` False the book is untouched if there is any."""
    t = events.transition[row]
    faults = _lateness(rules, events, row)
    if t < 0:
        faults |= UNKNOWN
        if believe:
            book.faults[row] = faults
        return faults

    w = rules.wf[t]
    e = _episode_of(rules, events, book, row, t, w)
    opens = e < 0
    edition = _edition_of(rules, events, row) if opens else book.edition[e]
    table = table_of(rules, edition)
    x = table * rules.sizes[0] + t
    y = table * rules.sizes[1] + w
    opening = rules.opens[t] != 0 and rules.opener[y] == t
    applies = True
    if opens:
        state = rules.init[y]
        faults |= _opened_amiss(rules, book, w, y, opening)
    else:
        state = book.state[e]
    if opening:
        if not opens:
            faults |= ILLEGAL
            applies = False
    elif not (rules.frm[x] >> state) & 1:
        if (rules.final[y] >> state) & 1:
            faults |= AFTER_CLOSE
            applies = False
        else:
            faults |= ILLEGAL
    faults |= _recorded_amiss(rules, events, book, row, e, x)
    if applies and rules.bars[x] & book.tally[6]:
        faults |= STILL_OPEN

    if faults and not believe:
        return faults
    book.faults[row] = faults
    if opens:
        e = _open(rules, events, book, row, w, edition, state)
        if not opening:
            _wind(rules, book, e, row, -1, -1, state)
    book.episode[row] = e
    book.found[row] = state
    if applies:
        _apply(rules, book, e, row, t, x, y, opening)
    elif opening and book.first[book.slot0[e] + rules.slot[t]] < 0:  # the opening that was missing, found late
        _note(rules, book, e, row, t)
        _look_again(rules, book, e, row)
        _feed(rules, book, e, row, t)
    return faults


def _lateness(rules: Rules, events: Events, row: int) -> int:
    """Recorded late: on a day after the first working day after it happened."""
    day, recorded = events.last_day[row], events.recorded_day[row]
    if recorded > day:
        next_day = add_working_days(rules, day, 1)
        if next_day != NEVER and recorded > next_day:
            return RECORDED_LATE
    return 0


def _episode_of(rules: Rules, events: Events, book: Book, row: int, t: int, w: int) -> int:
    """By its label, else the case's latest open episode of the workflow, else its latest; -1: none, or a new one."""
    if events.label[row] >= 0:
        return book.labelled[events.label[row]]
    if rules.opens[t] and _opener(rules, events, row, w) == t:
        return -1
    e = book.newest[book.tally[8] + w]
    if e < 0:
        e = book.latest[book.tally[8] + w]
    return e


def _opener(rules: Rules, events: Events, row: int, w: int) -> int:
    """What opens a workflow: in all editions of a library the same, so it is asked of the one that a row is bound to, or
    else of today's before its first."""
    return rules.opener[table_of(rules, max(events.bound[row], -1)) * rules.sizes[1] + w]


def _edition_of(rules: Rules, events: Events, row: int) -> int:
    """The edition that an episode opened by a row is bound to: by the log, else that of the day; -1 before the first."""
    edition = events.bound[row]
    if edition == UNBOUND:
        edition = len(rules.starts) - 1
        while edition >= 0 and rules.starts[edition] > events.day[row]:
            edition -= 1
    return edition


def _opened_amiss(rules: Rules, book: Book, w: int, y: int, opening: bool) -> int:
    """What is wrong with an episode's opening now, by its opening event or another."""
    faults = 0
    if not opening:
        if rules.told[w]:
            faults |= OPENED_WITHOUT
    elif rules.after[y] and not rules.after[y] & book.tally[5]:
        faults |= OPENED_WITHOUT
    if book.newest[book.tally[8] + w] >= 0:
        faults |= OVERLAP
    if not rules.known[y]:
        faults |= NOT_IN_EDITION
    return faults


def _recorded_amiss(rules: Rules, events: Events, book: Book, row: int, e: int, x: int) -> int:
    """What is wrong with what was recorded, by whom, whether the event is applied or not."""
    faults = 0
    if rules.needs[x] & ~events.given[row]:
        faults |= MISSING
    role = events.role[row]
    if role >= 0 and not (rules.roles[x] >> role) & 1:
        faults |= WRONG_ROLE
    if rules.not_by[x] >= 0 and e >= 0 and events.actor[row] >= 0:
        other = book.last[book.slot0[e] + rules.not_by[x]]
        if other >= 0 and events.actor[other] == events.actor[row]:
            faults |= SAME_PERSON
    return faults


def _open(rules: Rules, events: Events, book: Book, row: int, w: int, edition: int, state: int) -> int:
    tally = book.tally
    e = tally[0]
    tally[0] = e + 1
    book.workflow[e] = w
    book.edition[e] = edition
    book.opened[e] = row
    book.state[e] = state
    book.entered[e] = row
    before = book.latest[book.tally[8] + w]
    book.before[e] = before
    if before >= 0:
        book.behind[before] = e
    book.latest[book.tally[8] + w] = e
    book.slot0[e] = tally[1]
    tally[1] += rules.slots[w]
    book.use0[e] = tally[2]
    tally[2] += rules.uses[w]
    book.clock0[e] = tally[7]
    tally[7] += rules.timers[w + 1] - rules.timers[w]
    if events.label[row] >= 0:
        book.labelled[events.label[row]] = e
    if not (rules.ended[table_of(rules, edition) * rules.sizes[1] + w] >> state) & 1:
        _begin(book, e, w)
    return e


def _begin(book: Book, e: int, w: int) -> None:
    """Put an episode among the open ones of its workflow, which stand in order of opening."""
    newer, older = -1, book.newest[book.tally[8] + w]
    while older > e:
        newer, older = older, book.older[older]
    book.newer[e], book.older[e] = newer, older
    if older >= 0:
        book.newer[older] = e
    if newer >= 0:
        book.older[newer] = e
    else:
        book.newest[book.tally[8] + w] = e
    book.tally[6] |= 1 << w


def _end(book: Book, e: int, w: int) -> None:
    """Take an episode from among the open ones."""
    newer, older = book.newer[e], book.older[e]
    if older >= 0:
        book.newer[older] = newer
    if newer >= 0:
        book.older[newer] = older
    else:
        book.newest[book.tally[8] + w] = older
    if book.newest[book.tally[8] + w] < 0:
        book.tally[6] &= ~(1 << w)


def _note(rules: Rules, book: Book, e: int, row: int, t: int) -> None:
    if rules.slot[t] >= 0:
        place = book.slot0[e] + rules.slot[t]
        if book.first[place] < 0:
            book.first[place] = row
        book.last[place] = row


def _apply(rules: Rules, book: Book, e: int, row: int, t: int, x: int, y: int, opening: bool) -> None:
    old = book.state[e]
    new = rules.to[x]
    if new < 0:
        new = old
    w = book.workflow[e]
    _note(rules, book, e, row, t)
    book.tally[5] |= rules.mark[t]
    if new != old:
        book.state[e] = new
        shut = (rules.ended[y] >> new) & 1
        if shut != (rules.ended[y] >> old) & 1:
            if shut:
                _end(book, e, w)
            else:
                _begin(book, e, w)
    _wind(rules, book, e, row, t, -1 if opening else old, new)
    book.entered[e] = row
    if rules.feeds[t] and not opening:
        _feed(rules, book, e, row, t)


def _wind(rules: Rules, book: Book, e: int, row: int, t: int, old: int, new: int) -> None:
    """Turn the clocks of an episode that went from state `old` to `new` (-1: it has just opened) by transition `t`
    (-1: it was opened by an event that is not its opening)."""
    w = book.workflow[e]
    k0 = rules.timers[w]
    bit = 0
    if t >= 0:
        bit = 1 << rules.place[t]
    table = table_of(rules, book.edition[e])
    for k in range(k0, rules.timers[w + 1]):
        z = table * rules.sizes[2] + k
        if not rules.on[z]:
            continue
        d = book.deadline[book.clock0[e] + k - k0]
        look = old < 0 or rules.counts[z] & bit != 0
        if rules.until[z]:
            runs = True
            if d >= 0 and rules.until[z] & bit and book.stopped[d] < 0:
                book.stopped[d] = row
        else:
            runs = (rules.runs[z] >> new) & 1 != 0
            if d < 0:
                look = look or (runs and old != new)
            elif not runs and book.stopped[d] < 0:
                book.stopped[d] = row
                if old >= 0 and (rules.blind[z] >> old) & 1 and not _direct(rules, table, t, z):
                    book.unseen_from[d] = book.entered[e]
            elif runs and book.stopped[d] >= 0:
                if rules.latest[z]:
                    look = True
                else:
                    book.stopped[d] = -1
        if look:
            _count_from(rules, book, e, row, k, z, runs)
            d = book.deadline[book.clock0[e] + k - k0]
            if rules.until[z] & bit and d >= 0 and book.stopped[d] < 0 and 0 <= book.anchored[d] < row:
                book.stopped[d] = row  # it counts from what came before, and this very event stops it


def _direct(rules: Rules, table: int, t: int, z: int) -> bool:
    """Whether transition `t` itself leaves a state that timer `z` runs in; else something unseen did before it."""
    return t >= 0 and rules.leaves[table * rules.sizes[0] + t] & rules.runs[z] != 0


def _count_from(rules: Rules, book: Book, e: int, row: int, k: int, z: int, runs: bool) -> None:
    """Find what the clock counts from now; write its deadline, move it, or end it and write the next."""
    clock = book.clock0[e] + k - rules.timers[book.workflow[e]]
    d = book.deadline[clock]
    r, j, f = _anchor(rules, book, e, z)
    again = 0
    if d >= 0:
        if r == book.anchored[d]:
            if runs and not rules.until[z]:
                book.stopped[d] = -1
            return
        if not rules.latest[z] or book.anchored[d] < 0:
            book.anchored[d] = r
            book.by_anchor[d] = j
            if rules.until[z]:
                book.stopped[d] = -1  # what came before its anchor did not stop it
            if f != e:
                _claim(rules, book, e, r, j, f)
            return
        if book.stopped[d] < 0:
            book.stopped[d] = row
        again = 1
    if runs and (r >= 0 or rules.own_opening[z]):
        d = book.tally[3]
        book.tally[3] = d + 1
        book.deadline[clock] = d
        book.timer[d] = k
        book.whose[d] = e
        book.anchored[d] = r
        book.by_anchor[d] = j
        book.again[d] = again
        if f != e:
            _claim(rules, book, e, r, j, f)


def _anchor(rules: Rules, book: Book, e: int, z: int) -> tuple[int, int, int]:
    """The row to count from, which anchor that is, and whose episode: the first that exists, in the order written."""
    for j in range(rules.anchors[z], rules.anchors[z + 1]):
        a = rules.anchor[j]
        f = e
        if rules.use[j] >= 0:
            f = book.latest[book.tally[8] + rules.wf[a]]
            while f >= 0 and book.opened[f] > book.opened[e]:
                f = book.before[f]
            if f < 0:
                continue
        place = book.slot0[f] + rules.slot[a]
        r = book.last[place] if rules.latest[z] else book.first[place]
        if r < 0:
            continue
        if rules.use[j] >= 0:
            claim = book.use0[f] + rules.use[j]
            if book.claimed[claim] == r and book.claimant[claim] < e:
                continue  # an earlier episode has already counted from it
        return r, j, f
    return -1, -1, e


def _claim(rules: Rules, book: Book, e: int, r: int, j: int, f: int) -> None:
    claim = book.use0[f] + rules.use[j]
    book.claimed[claim] = r
    book.claimant[claim] = e


def _feed(rules: Rules, book: Book, e: int, row: int, t: int) -> None:
    """Something happened in episode `e` that other workflows' clocks count from: let those opened since look again."""
    for w in range(rules.sizes[1]):
        g = book.latest[book.tally[8] + w]
        if not (rules.feeds[t] >> w) & 1 or g < 0 or book.opened[g] < book.opened[e]:
            continue
        while book.before[g] >= 0 and book.opened[book.before[g]] > book.opened[e]:
            g = book.before[g]
        while g >= 0:
            _look_again(rules, book, g, row)
            g = book.behind[g]


def _look_again(rules: Rules, book: Book, e: int, row: int) -> None:
    """Something that clocks of an episode may count from has come to light, though nothing happened in it."""
    table = table_of(rules, book.edition[e])
    for k in range(rules.timers[book.workflow[e]], rules.timers[book.workflow[e] + 1]):
        z = table * rules.sizes[2] + k
        if rules.on[z]:
            runs = rules.until[z] != 0 or (rules.runs[z] >> book.state[e]) & 1 != 0
            _count_from(rules, book, e, row, k, z, runs)


def room(rules: Rules, book: Book) -> int:
    """So many deadlines at most does one step write: one for each clock of the case that it looks at, and those of the episode
    that it is about it may look at three times, as that opens, changes, and feeds its own workflow."""
    e = book.tally[4]
    clocks = book.tally[7] - book.clock0[e] if e < book.tally[0] else 0
    return clocks + 3 * rules.sizes[6]


def fold(rules: Rules, events: Events, book: Book, row: int, rows: int) -> int:
    """Believe rows from `row` on. Returns `rows` when done; earlier, the row at which the book must first be grown."""
    while row < rows:
        if row == 0 or events.case[row] != events.case[row - 1]:
            new_case(rules, book)
        if (
            book.tally[1] + rules.sizes[4] > len(book.first)
            or book.tally[2] + rules.sizes[5] > len(book.claimed)
            or book.tally[7] + rules.sizes[6] > len(book.deadline)
            or book.tally[3] + room(rules, book) > len(book.timer)
        ):
            return row
        step(rules, events, book, row, True)
        row += 1
    return row
