"""A workflow as a drawing: its states, who may do what in them, and the clocks that run there.

An arrow is what leads from a state to a state, or back into the same one. What is done without leaving a state stands
in its box, the clocks in a note on it.

    print(mermaid(library.workflow("referral")))     # for a page that draws mermaid: a wiki, GitHub, a notebook
    svg(library.workflow("referral"))                # by the program dot of graphviz

transitions can draw its machines too, but without final states or notes, and a title with a quote or a colon in it
breaks the drawing; hence the texts are written here.
"""

from __future__ import annotations

__all__ = ["dot", "mermaid", "svg"]

import html
import json
import re
import subprocess
import textwrap
from collections.abc import Iterator
from shutil import which

from frontdoor.errors import FrontdoorError, MissingProgram
from frontdoor.workflow import State, Timer, Transition, Workflow

_MARK = "[*]"
"""Where an episode begins, and where it ends."""
_WIDTH = 44


def mermaid(workflow: Workflow, *, under: str = "") -> str:
    """The text of a mermaid state diagram; `under` says in its title which guidance the lengths are of."""
    title = json.dumps(_heading(workflow, under), ensure_ascii=False)  # YAML is wanted, and that is YAML too
    lines = ["---", f"title: {title}", "---", "stateDiagram-v2"]
    for state in workflow.states.values():
        lines.append(f'    state "{_escaped(_name(state))}" as {_id(state.name)}')
        lines += [f"    {_id(state.name)}: {_label([does])}" for does in _done_in(workflow, state)]
    for (start, end), labels in _arrows(workflow).items():
        lines.append(f"    {_id(start)} --> {_id(end)}: {_label(labels)}")
    lines += [f"    {_id(state.name)} --> {_MARK}" for state in workflow.states.values() if state.final]
    for state in workflow.states.values():
        if clocks := "<br>\n        ".join(map(_escaped, _clocks(workflow, state))):
            lines += [f"    note right of {_id(state.name)}", f"        {clocks}", "    end note"]
    return "\n".join(lines) + "\n"


def dot(workflow: Workflow, *, under: str = "") -> str:
    """The same as a text for graphviz, with the clocks in the states they run in, and a double line where it ends."""
    lines = [
        f"digraph {_quoted(workflow.name)} {{",
        f'    graph [label={_quoted(_heading(workflow, under))} labelloc=t fontname="Helvetica"]',
        '    node [shape=box style=rounded fontname="Helvetica" fontsize=12]',
        '    edge [fontname="Helvetica" fontsize=10]',
        f'    {_quoted(_MARK)} [label="" shape=point width=0.2]',
    ]
    for state in workflow.states.values():
        rows = [f"<tr><td><b>{_html(_name(state))}</b></td></tr>"]
        rows += [_row(does) for does in _done_in(workflow, state)]
        rows += [_row(clock, ' bgcolor="#fff5ad"') for clock in _clocks(workflow, state)]
        ends = " peripheries=2" if state.final else ""
        lines.append(f'    {_quoted(state.name)} [label=<<table border="0">{"".join(rows)}</table>>{ends}]')
    for (start, end), labels in _arrows(workflow).items():
        label = "\n".join(line for text in labels for line in _wrapped(text))
        lines.append(f"    {_quoted(start)} -> {_quoted(end)} [label={_quoted(label)}]")
    return "\n".join([*lines, "}"]) + "\n"


def svg(workflow: Workflow, *, under: str = "") -> str:
    """The drawing itself as SVG, made by the program dot.

    Raises:
        MissingProgram: there is no dot on the PATH.
        FrontdoorError: it failed.
    """
    program = which("dot")
    if program is None:
        raise MissingProgram("Drawing SVG", "dot", "graphviz (apt install graphviz, brew install graphviz)")
    text = dot(workflow, under=under).encode()
    try:
        return subprocess.run([program, "-Tsvg"], input=text, capture_output=True, check=True).stdout.decode()
    except subprocess.CalledProcessError as error:
        said = error.stderr.decode(errors="replace").strip() or f"exit status {error.returncode}"
        why = said.splitlines()[0]
    except OSError as error:
        why = error.strerror or str(error)
    raise FrontdoorError(f"{program} could not draw {workflow.name}: {why}.")


# ---- what is drawn ----


def _heading(workflow: Workflow, under: str) -> str:
    return _name(workflow) + (f" ({_clean(under)})" if under else "")


def _name(thing: Workflow | State | Transition | Timer) -> str:
    return _clean(thing.title) or thing.name


def _clean(text: str) -> str:
    """On one line, without what no page can show."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def _arrows(workflow: Workflow) -> dict[tuple[str, str], list[str]]:
    """What is done, and by whom, on the way from one state to another, in the order written."""
    opening = workflow.transitions[workflow.opens_with]
    arrows = {(_MARK, workflow.initial): [_does(workflow, opening)]}
    for move in workflow.transitions.values():
        for state in move.from_ if move.to else ():
            arrows.setdefault((state, move.to or state), []).append(_does(workflow, move))
    return arrows


def _done_in(workflow: Workflow, state: State) -> list[str]:
    return [_does(workflow, move) for move in workflow.leaving(state.name) if move.to is None]


def _does(workflow: Workflow, move: Transition) -> str:
    everybody = set(workflow.who(move)) == set(workflow.roles)
    who = "anyone" if everybody else ", ".join(move.by) or "anyone but the system"
    return f"{_name(move)} ({who})" + (f", opens {move.opens}" if move.opens else "")


def _clocks(workflow: Workflow, state: State) -> Iterator[str]:
    """The timers that run in a state, and those that run until a transition, where they begin to."""
    for timer in workflow.timers.values():
        if state.name in (timer.runs_in or _begins_in(workflow, timer)):
            yield _clock(workflow, timer)


def _begins_in(workflow: Workflow, timer: Timer) -> set[str]:
    """The states that its own anchors lead to; the initial one where it counts from other workflows alone."""
    found: set[str] = set()
    for name in timer.counts_from:
        if move := workflow.transitions.get(name):
            found |= {move.to} if move.to else set(move.from_) or {workflow.initial}
    return found or {workflow.initial}


def _clock(workflow: Workflow, timer: Timer) -> str:
    length = str(timer.allowed) if timer.allowed else "no length here"
    if timer.then:
        length += f", then {timer.then}"
    latest = "the latest " if timer.anchor == "latest" else ""
    until = f" until {_any(workflow, timer.until)}" if timer.until else ""
    return f"{_name(timer)}: {length} from {latest}{_any(workflow, timer.counts_from)}{until} ({timer.basis})"


def _any(workflow: Workflow, names: tuple[str, ...]) -> str:
    full = [name if "." in name else f"{workflow.name}.{name}" for name in names]
    return " or ".join(filter(None, [", ".join(full[:-1]), *full[-1:]]))


# ---- how it is written ----

# Plain are a colon behind a word, and an underscore within one.
_ODD = re.compile(r"[^\w .,()'/+!?:-]|^:|:(?! )|(?<![^\W_])_|_(?![^\W_])")
_COMMANDS = re.compile(r"(?i)(?<=end) (?=note)|(?<=direction) (?=[tblr])")  # obeyed wherever they stand
_OF_MERMAID = frozenset(
    {"accdescr", "acctitle", "class", "classdef", "click", "default", "direction", "end", "href", "note", "root_end",
     "root_start", "scale", "state", "style"}
)  # fmt: skip


def _id(name: str) -> str:
    return f"_{name}" if name in _OF_MERMAID else name  # no declared name begins so


def _escaped(text: str) -> str:
    """For mermaid: what it might take for its own, as the number of the character."""
    return _COMMANDS.sub("#32;", _ODD.sub(lambda found: f"#{ord(found[0])};", text))


def _label(texts: list[str]) -> str:
    return "<br>".join(map(_escaped, texts)).replace(":", "#58;")  # older mermaids end a label at a colon


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(text, _WIDTH)


def _html(text: str) -> str:
    # Even here graphviz puts a name in the place of a backslash and an N, and an older one stumbles over a ] by itself.
    return "<br/>".join(html.escape(line).replace("\\", "\\\\").replace("]", "&#93;") for line in _wrapped(text))


def _row(text: str, style: str = "") -> str:
    return f'<hr/><tr><td align="left" balign="left"{style}><font point-size="10">{_html(text)}</font></td></tr>'


def _quoted(text: str) -> str:
    text = text.replace("&", "&amp;").replace("\\", "\\\\").replace('"', '\\"')
    return '"' + text.replace("\n", "\\n") + '"'
