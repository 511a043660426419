"""A form to audit one case by: what the record says, in order, its deadlines explained, and what to answer from the file itself.

The questions are those that inspections, action plans and case reviews came to ask; the record can show where to look for
an answer, and only a reader can give it.
"""

from __future__ import annotations

__all__ = ["Form", "Line", "Question", "forms"]

from collections.abc import Iterable, Mapping, Sequence

import attrs

from frontdoor.explanation import Explanation
from frontdoor.formats.source import DETAIL, happened_at, recorded_at
from frontdoor.moment import written
from frontdoor.replay import facts
from frontdoor.replay.facts import Facts
from frontdoor.replay.measures import gaming

ANSWERS = ("yes", "in part", "no", "not applicable", "cannot tell")


@attrs.frozen
class Line:
    """One event of a case, for its timeline."""

    when: str
    """As files write it; a date where only that is known."""
    recorded: str
    """When it was recorded; empty where that is not said."""
    event: str
    title: str
    episode: str
    actor: str
    role: str
    position: int
    """The row of the source."""
    details: Mapping[str, str] = attrs.field(hash=False)
    found: tuple[str, ...] = ()
    """What the audit found about it, in sentences."""


@attrs.frozen
class Question:
    """Something for the reader to answer from the file itself."""

    subject: str
    text: str
    whose: str
    """Where the question comes from."""
    shown: str = ""
    """What the record shows of it; empty where nothing."""
    answers: tuple[str, ...] = ANSWERS


@attrs.frozen
class Form:
    """What a reader needs to audit one case: what the record says, and what to ask of it."""

    case_id: str
    drawn_for: tuple[str, ...]
    """The groups it was drawn for, in words."""
    as_at: str
    timeline: tuple[Line, ...]
    deadlines: tuple[Explanation, ...]
    findings: tuple[str, ...]
    """Those about the case as a whole and its deadlines, in sentences; those of an event stand with it too."""
    questions: tuple[Question, ...]


def forms(known: Facts, drawn: Mapping[str, Sequence[str]]) -> tuple[Form, ...]:
    """A form for each of some cases, in their order; `drawn` says what each was drawn for."""
    return tuple(_forms(known, drawn))


def _forms(known: Facts, drawn: Mapping[str, Sequence[str]]) -> Iterable[Form]:
    import polars as pl

    cases = list(drawn)
    wanted = pl.Series(cases, dtype=pl.String)
    explained = facts.explanations(known.audit, cases)
    findings: dict[str, list[tuple[int, str]]] = {}
    about = known.audit.findings.filter(pl.col("case_id").is_in(wanted.implode()))
    for case, position, message in about.select("case_id", "position", "message").iter_rows():
        findings.setdefault(case, []).append((int(position), message))
    rows = known.rows_of(cases)
    signs: dict[str, list[str]] = {}
    for sign, case in gaming.cases(known).select("sign", "case_id").unique(maintain_order=True).iter_rows():
        if case in drawn:
            signs.setdefault(case, []).append(sign)
    asked = {sign.name: sign.question for sign in gaming.measures(known)} if signs else {}
    for case in cases:
        mine = findings.get(case, [])
        lines = tuple(_line(known, row, mine) for row in rows.get(case, ()))
        deadlines = tuple(explained[case])
        questions = (*_general(known, lines), *_of_deadlines(deadlines), *_of_signs(signs.get(case, ()), asked))
        yield Form(
            case, tuple(drawn[case]), known.as_at, lines, deadlines, tuple(message for _, message in mine), questions
        )


def _line(known: Facts, row: Mapping[str, object], findings: Sequence[tuple[int, str]]) -> Line:
    event = str(row["event"])
    workflow, _, move = event.partition(".")
    declared = known.library.anywhere(workflow).transitions.get(move) if known.declares(workflow) else None
    position = row["position"]
    assert isinstance(position, int)
    details = {
        name.removeprefix(DETAIL): str(value) for name, value in row.items() if name.startswith(DETAIL) and value
    }
    return Line(
        written(happened_at(row)), written(recorded_at(row)), event, declared.title if declared and declared.title else event,
        str(row["name"] or ""), str(row["actor"]), str(row["role"]), position, details,
        tuple(message for at, message in findings if at == position),
    )  # fmt: skip


_PLAN, _LETTER = "a borough's action plan, December 2009", "an inspection letter, December 2009"
_BOARD = "a safeguarding board's case reviews, 2015-16"
_ASSESSED = ("initial_assessment", "core_assessment", "single_assessment")
_GENERAL: tuple[tuple[str, str, str, tuple[str, ...], tuple[str, ...]], ...] = (
    ("Decision", "Is it clear what was decided on the contact and the referral, by whom, when and why?", _LETTER,
     ("contact", "mash", "referral"),
     ("contact.refer", "contact.close", "contact.signpost", "mash.refer", "mash.close", "mash.offer_early_help", "referral.accept",
      "referral.signpost", "referral.take_no_further_action")),
    ("Threshold", "Could early help have met this need, and was it considered before a referral?", _BOARD, ("contact", "mash", "referral"),
     ("contact.signpost", "mash.offer_early_help", "referral.signpost")),
    ("Referrer", "Is there a letter, or a note of it, that told the referrer what was decided?", _PLAN, ("referral",),
     ("referral.feed_back",)),
    ("Child seen", "Was the child seen, and alone, by whom and where, and what did it show of the child's life?", _BOARD,
     (*_ASSESSED, "section_47"), tuple(f"{name}.see_child" for name in (*_ASSESSED, "section_47"))),
    ("Child's voice", "What did the child say, and what did it change?", _BOARD, (*_ASSESSED, "section_47"), ()),
    ("Parents", "Are the views of the parents here, those of a father who is not at home too?", _PLAN, (*_ASSESSED, "section_47"), ()),
    ("Analysis", "Does the analysis show where its evidence comes from?", _LETTER, _ASSESSED, ()),
    ("Other agencies", "Did every agency that knew the child contribute, and was each invited?", _PLAN,
     (*_ASSESSED, "section_47", "conference"), ("referral.discuss", "section_47.start", "section_47.discuss")),
    ("Management", "Does the manager's sign-off say what was weighed, and was it refused where it should have been?", _PLAN,
     _ASSESSED, tuple(f"{name}.{move}" for name in _ASSESSED for move in ("sign_off", "return_for_work"))),
    ("Repeat", "If the child was referred before: what did the earlier response leave undone?", _PLAN, ("referral",), ()),
    ("Hand-over", "Where the worker changed: was the case handed over, or begun again?", _BOARD, (), ()),
    ("Record", "Was it written up when it happened, and does the chronology tell the story in order?", _PLAN, (), ()),
    ("Outcome", "Is this child safer, or better off, for what was done?", _PLAN, (), ()),
)  # fmt: skip
"""Subject, question, whose it is, the workflows it is asked of (none: all), and the events that show something of it."""


def _general(known: Facts, lines: Sequence[Line]) -> Iterable[Question]:
    workflows = {line.event.partition(".")[0] for line in lines}
    for subject, text, whose, asked_of, shown_by in _GENERAL:
        if asked_of and not workflows & set(asked_of):
            continue
        shown = [
            f"{line.title.lower()}, {line.when[:10]} (row {line.position})" for line in lines if line.event in shown_by
        ]
        told = any(map(known.holds, shown_by))
        nothing = "" if not shown_by else "the record shows none" if told else "this source has no place for it"
        yield Question(subject, text, whose, "; ".join(shown) or nothing)


def _of_deadlines(deadlines: Sequence[Explanation]) -> Iterable[Question]:
    for one in deadlines:
        if one.status in ("late", "overdue"):
            stopped = f", done {written(one.stopped_at)[:10]}" if one.stopped_at else ", not done"
            title = one.timer.title or one.timer_name
            yield Question(
                "Time", f"{title} ({one.episode}): why did it take longer than it should, and how was the child meanwhile?",
                "this audit", f"due {one.due[:10]}{stopped}", (),
            )  # fmt: skip


def _of_signs(signs: Iterable[str], asked: Mapping[str, str]) -> Iterable[Question]:
    for sign in signs:
        yield Question("The clock", _OF_ONE.get(sign, asked[sign]), "this audit", answers=())


_OF_ONE = {
    "bunched": "Something here was finished in the last days before its deadline. What was done in those days that was not done "
    "before: is the work finished, or only the clock stopped?"
}
"""Questions that a measure asks of many cases, as they are asked of one."""
