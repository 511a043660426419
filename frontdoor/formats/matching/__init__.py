"""Several sources as one: which of their children, episodes and facts are the same, and where they contradict each other.

    source = matched([read("contacts.xlsx"), read("census.xml"), read("export.csv")])
    source.events        # each fact once, whoever tells of it
    source.findings      # 'sources-differ' and 'in-one-only' among them
    source.matches       # a row for each child of each source: told of there, or why not

**Children** (`children`). Two case ids are one child's if they are the same text, whatever the case of its letters, the
spaces around it, and the `.0` that spreadsheets put behind a number. Leading zeros are looked through where no source
has two ids that differ in nothing else, and a note says so. Other references (a UPN) are not compared.

**What a source reaches** (`reach`). What lies between its first moment and its last: of a day on which it begins or ends it may
lack a part. A return reaches up to its reference date, and of what it lists for some months only (`Carries.partial`) from the
first of it. What a source does not reach is neither held against a case nor vouched for by that source.

**Episodes** (`pairing`). A source's episodes are those it labels; events without a label belong to the latest open one,
and an opening event opens one. All sources' are matched at once, the likeliest pairs first. One source's episode is another's
where their openings can be the same moment (a date covers its day); else where they share other facts (two, if the openings
are more than a month apart) or a label and a fact; else where they ended on one day, or the nearest within a week, if one of
the sources reaches the other's moment, and the two do not use the same labels and label these otherwise; else where one source
only opened it and another only ended it, and one of the two is a return. The openings then contradict each other. An episode
that had ended before the other opened is another one, unless both tell of that end, within a week. So a finished contact that two exports date a day
apart is one, and `sources-differ` tells of both dates; two contacts on either side of where one file ends and the next begins
are two. The labels of returns are not compared.

**Facts** (`facts`, `episodes`). The same transition of one episode in two sources is one fact if both can mean one
moment. It is kept once, with the more precise moment, and with the detail, actor, role, family or moment of recording
of the first source that says anything; `sources-differ` tells of details that differ. If they cannot mean one moment, the source
that was named first is believed: the other's event is left out of what is judged, and told of by `sources-differ`. What
may be done several times (visits, reviews) is matched in order of time; what is left over are facts of their own, but
for two that lie within a week of each other. If one source says that an episode ended, and another what can come neither before
that nor after it, the first-named source's history is believed likewise. What happened after the reference date of a return
is never what the return tells of; and where neither source reaches the other's moment both are facts. `in-one-only` tells of a
fact that another source knows the child, has a place for, and reaches, and lacks.

**Positions.** Row 17 of the first source keeps position 17. Those of the second have a one and as many zeros as every source
needs before them: 1000017. Messages name file and row. On one day, events of several sources whose times are not known stand
in the order of each source, and across sources in that of a child's journey, but for what a log that ends on that day tells,
which comes before what one tells that begins on it; the column `order` says so.

**What is judged.** What became of an episode can be told only by the sources that tell of it and reach all that is told of it
(`Together`); where a child's sources know different episodes of a workflow, all of them are judged by what each can tell. That
something is missing is held against a child only if a source would have it (`Carries.holds_every`): one that tells of all its
episodes of that workflow, and reaches all that others tell of the child; or that alone tells all there is. Logs without a
reference date are one log, which begins for each workflow with the first of those that tell of it. Details are missed of a fact
by what those that tell of it can hold. As at: a source with a reference date speaks up to that, a return without one up to its
last date; all logs that state none up to their last recording. A child is judged as at the last moment that any source which
knows it speaks of; of a clock that still runs then, and whose stop only a source that ended earlier could have told, it cannot
be told what came of it, unless it was past due when that ended.

The order of the sources decides who is believed, and whose names for children and episodes are used; nothing else.
"""

from __future__ import annotations

__all__ = ["Contradiction", "Matches", "Tally", "Together", "matched"]

from collections.abc import Sequence
from pathlib import Path

import attrs

from frontdoor.errors import Fault, InputError
from frontdoor.formats.matching import carried, coverage, reach
from frontdoor.formats.matching.binding import libraries
from frontdoor.formats.matching.children import same_children
from frontdoor.formats.matching.contradictions import Contradiction, contradictions
from frontdoor.formats.matching.facts import same_facts
from frontdoor.formats.matching.flows import Flows
from frontdoor.formats.matching.knowing import is_plain_log
from frontdoor.formats.matching.merging import columns, merge
from frontdoor.formats.matching.order import ordered
from frontdoor.formats.matching.rows import rows_of
from frontdoor.formats.matching.telling import Matches, Tally, notes, tallies
from frontdoor.formats.matching.together import Together, groups_of
from frontdoor.formats.source import Source
from frontdoor.library import Library, load

MOST = 62
"""Sources that can be matched at once."""


def matched(sources: Sequence[Source], *, name: str | None = None, library: Library | None = None) -> Source:
    """The sources as one, of the format 'several', in which each fact is there once. One alone is itself.

    `name` is by default the names of all. `library` says which transitions open and end an episode (default: the first
    that a source carries, else the shipped one); it does not decide what the source is judged by.

    Raises:
        InputError: there are too many to be told apart.
        ValueError: there is none.
    """
    if not sources:
        raise ValueError("there is nothing to match: name a source at least")
    if len(sources) > MOST:
        message = f"there are {len(sources)} sources, and {MOST} are the most that can be matched."
        raise InputError([Fault(sources[MOST].name, "", "too-many", message, "Put files of one kind together first.")])
    if len(sources) == 1:
        return sources[0] if name is None else attrs.evolve(sources[0], name=name)
    names = shown([source.name for source in sources])
    bound = libraries(sources)
    flows = Flows(library or bound.library or load())
    ids = same_children([source.events["case_id"].unique(maintain_order=True).to_list() for source in sources])
    ends = reach.ends(sources)
    rows = rows_of(sources, ids, bound)
    reached = reach.windows(sources, rows.now)
    logs = [n for n, source in enumerate(sources) if is_plain_log(source)]
    same = same_facts(rows.now, flows, names, reached, logs)
    groups = groups_of(sources, rows.now, same, ends, flows)
    merged = merge(sources, names, children=ids, rows=rows, same=same, groups=groups)
    facts = ordered(merged.facts, merged.told, flows, logs)
    differing, differ = contradictions(merged, flows)
    findings = [*carried.findings(merged), *differ, *coverage.in_one_only(merged, reached)]
    matches = Matches(coverage.children(merged), tuple(differing), tallies(merged))
    return Source(
        " + ".join(names) if name is None else name,
        "several",
        columns(merged, facts),
        groups.of(range(len(sources))),
        carried.rejected(merged),
        [*notes(merged, matches.tallies), *ids.notes(), *reach.notes(names, ends)],
        reach.latest(ends) or reach.left_out(merged.facts, merged.apart),
        carried.claims(merged),
        rows.details,
        sorted(findings, key=lambda finding: finding.position),
        bound.library,
        bound.older,
        parts=tuple(sources),
        groups=groups.all,
        matches=matches,
    )


def shown(names: Sequence[str]) -> list[str]:
    """What the files are called in messages: their names without the folder, where that tells them apart."""
    short = [Path(name).name or name for name in names]
    if len(set(short)) < len(short):
        short = list(names)
    return [one if one not in short[:n] else f"{one} ({short[: n + 1].count(one)})" for n, one in enumerate(short)]
