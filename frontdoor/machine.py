"""A workflow as a `transitions.Machine`, and a case system's own hooks, fired once an event is safely in the log.

    class Referral:                               # write those that you need; each is given the recorded event
        def on_exit_received(self, event): ...    # the episode has left this state
        def on_enter_accepted(self, event): ...   # it has come to this one; when it opened, to the initial one
        def after_feed_back(self, event): ...     # this has been done, whether or not the state is another now
        def on_breach_raised(self, event): ...    # news from the desk; also on_breach_withdrawn, on_corrected

    desk = Desk(log, after=[Hooks(library, referral=Referral)])

The machine is made from the declaration alone, and knows nothing of the kernel: what it says of a history is a second
opinion. All that it goes by is the state an episode is in; who may act, and recording what, the desk asks.
"""

from __future__ import annotations

__all__ = ["Hooks", "Moved", "Recorded", "machine"]

import inspect
from collections import Counter
from collections.abc import Callable, Iterable
from functools import lru_cache
from typing import Any, Protocol

import attrs
from transitions import EventData, Machine

from frontdoor.errors import UnknownWorkflow, WorkflowError, did_you_mean
from frontdoor.library import Library
from frontdoor.workflow import State, Transition, Workflow

NEWS = ("breach_raised", "breach_withdrawn", "corrected")
"""What the desk itself records of an episode, without moving it."""


def machine(
    workflow: Workflow, model: object | None = None, *, state: str | None = None, attribute: str = "state"
) -> Machine:
    """A workflow as a machine, whose model (if one is given) is then in `state`, or in the initial one.

    The model gets `accept()` and `may_accept()` of every transition but the opening one, which moves nothing: a model
    is of an episode that is open. It gets `is_accepted()` of every state, and its state in `attribute`. What it has of
    `on_exit_...`, `on_enter_...` and `after_...` is called with what `accept(...)` was called with. A transition
    with no `to` is internal: only its `after_` is called. One whose `to` is where the episode is already leaves it and
    enters it again. More models may be added to the machine, of any class.

    Raises:
        WorkflowError: the model has one of these names already, or cannot be given attributes.
        UnknownWorkflow: there is no such state.
    """
    if state is not None and state not in workflow.states:
        raise UnknownWorkflow("state", state, workflow.states)
    hooks = {f"{kind}_{name}" for kind, names in _hookable(workflow).items() for name in names}
    moves = tuple(move for move in workflow.transitions.values() if move.name != workflow.opens_with)
    given = _given(workflow.states, (move.name for move in moves), attribute)
    if twice := [name for name, times in Counter([*given, *hooks]).items() if times > 1]:
        raise WorkflowError(f"a machine of {workflow.name} needs the name {twice[0]!r} for two things: rename one.")
    made = _made(workflow.initial, tuple(workflow.states.values()), moves, attribute)
    if model is not None:
        made.add_model(model, initial=state)
    return made


class Recorded(Protocol):
    """What hooks need of an event in the log; they are given the whole of it."""

    @property
    def case_id(self) -> str:
        """The case."""

    @property
    def episode(self) -> str:
        """The name of its episode, such as 'referral-1'."""

    @property
    def event(self) -> str:
        """What was done, such as 'referral.accept'."""


class Moved(Protocol):
    """What hooks need of the episode that an event belongs to."""

    @property
    def was(self) -> str | None:
        """The state before the event; None if that opened the episode."""

    @property
    def state(self) -> str:
        """The state after it."""

    @property
    def declaration(self) -> Workflow:
        """The workflow under the edition that the episode is bound to."""


class Hooks:
    """Calls a case system's own hooks for each recorded event: leaving, entering, after, in that order, each once.

    For each workflow give what makes the object that has the hooks: a class that can be called with nothing, or a class
    or function that is called with the case and the episode's name, such as one that looks your own object up. An
    object is made for every event and nothing is written on it; None fires nothing.

    The log is believed. An event against the rules, or one typed late, fires its `after_`, and `on_enter_` of the state
    that it led to, like any other. If a hook raises, the error is the caller's: the event is in the log all the same.

    Raises:
        UnknownWorkflow: the library has no workflow of that name.
        WorkflowError: what is given cannot be called so, or has a hook that nothing would ever call.
    """

    def __init__(self, library: Library, /, **objects: Callable[..., object]) -> None:
        self._find = {}
        for name, made in objects.items():
            library.workflow(name)
            if isinstance(made, type):
                _check_hooks(library.anywhere(name), made)
            self._find[name] = _finder(name, made)

    def __call__(self, event: Recorded, episode: Moved | None) -> None:
        """Fire what `event` fires; `episode` is as the event left it, or None if it is of none."""
        workflow, _, name = event.event.partition(".")
        host = self._find[workflow](event.case_id, event.episode) if workflow in self._find else None
        if host is None:
            return
        if episode is None or name in NEWS:
            getattr(host, f"on_{name}", _nothing)(event)
            return
        occasion = _Occasion(_OUTSIDE.name if episode.was is None else episode.was, host)
        _machine_for(episode, name).events[name].trigger(occasion, event)


_OUTSIDE = State("(not open)")  # no declared name has a bracket
_ATTRIBUTE = "_state"


@attrs.define(eq=False)
class _Occasion:
    """The model of one event: the state its episode was in, before the host's object, on which nothing is written."""

    _state: str
    host: object

    def __getattr__(self, name: str) -> Any:
        return getattr(self.host, name)


def _machine_for(episode: Moved, name: str) -> Machine:
    """The declared machine if it makes this move, else one that makes only the move that was recorded."""
    flow, was, now = episode.declaration, episode.was, episode.state
    states = (*flow.states.values(), _OUTSIDE)
    opening = Transition(flow.opens_with, from_=[_OUTSIDE.name], to=flow.initial)
    declared = (*(move for move in flow.transitions.values() if move.name != flow.opens_with), opening)
    for move in declared:
        if move.name == name and (was or _OUTSIDE.name) in move.from_ and (move.to or was) == now:
            return _kept(flow.initial, states, declared, _ATTRIBUTE)
    to = now if now != was or _led_back(flow, name, now) else None
    recorded = Transition(name, from_=[was or _OUTSIDE.name], to=to)
    return _made(flow.initial, states, (recorded,), _ATTRIBUTE)


def _led_back(flow: Workflow, name: str, now: str) -> bool:
    """Whether a transition that was not legal was believed, and led where the episode was; after the end, none does."""
    move = flow.transitions.get(name)
    return move is not None and move.to == now and not flow.states[now].final


class _IfThere(str):
    """The name of a hook that a model need not have."""


def _nothing(*_: object) -> None:
    pass


class _Machine(Machine):
    """A machine that does not mind which hooks a model has, but that minds being ignored by one."""

    @staticmethod
    def resolve_callable(func: Any, event_data: EventData) -> Callable[..., Any]:
        if isinstance(func, _IfThere) and not hasattr(event_data.model, func):
            return _nothing
        return Machine.resolve_callable(func, event_data)

    def add_model(self, model: Any, initial: Any = None) -> None:
        kind, names = type(model).__name__, _given(self.states, self.events, self.model_attribute)
        # Left alone, the machine would overwrite the model's own state, and leave out the other names.
        if taken := [name for name in names if getattr(model, name, None) is not None]:
            raise WorkflowError(
                f"{kind} already has {' and '.join(taken)}, which the machine would put there: rename, or use Hooks."
            )
        try:
            super().add_model(model, initial)
        except AttributeError as error:
            raise WorkflowError(f"{kind} cannot be a machine's model: it takes no new attributes ({error}).") from None


def _made(initial: str, states: tuple[State, ...], moves: tuple[Transition, ...], attribute: str) -> Machine:
    return _Machine(
        model=None, initial=initial, auto_transitions=False, model_attribute=attribute,
        states=[
            {"name": state.name, "final": state.final, "on_enter": _IfThere(f"on_enter_{state.name}"),
             "on_exit": _IfThere(f"on_exit_{state.name}")}
            for state in states
        ],
        transitions=[
            {"trigger": move.name, "source": list(move.from_), "dest": move.to, "after": _IfThere(f"after_{move.name}")}
            for move in moves
        ],
    )  # fmt: skip


_kept = lru_cache(maxsize=64)(_made)  # editions that differ only in their clocks share one


def _given(states: Iterable[str], triggers: Iterable[str], attribute: str) -> list[str]:
    """The names that a machine puts on its model."""
    infix = "" if attribute == "state" else f"{attribute}_"
    moves = [name for trigger in triggers for name in (trigger, f"may_{trigger}")]
    return [attribute, "trigger", "may_trigger", *moves, *(f"is_{infix}{state}" for state in states)]


def _hookable(workflow: Workflow) -> dict[str, list[str]]:
    states = list(workflow.states)
    return {"on_enter": states, "on_exit": states, "after": list(workflow.transitions)}


def _check_hooks(workflow: Workflow, made: type) -> None:
    """A hook with a slip in its name would be silent for ever, and so would one that must be awaited."""
    for kind, names in _hookable(workflow).items():
        for hook in (attribute for attribute in dir(made) if attribute.startswith(f"{kind}_")):
            name = hook.removeprefix(f"{kind}_")
            if name not in names:
                what = "transition" if kind == "after" else "state"
                advice = did_you_mean(name, names)
                raise WorkflowError(f"{made.__name__}.{hook}: {workflow.name} has no {what} {name!r}.{advice}")
            if inspect.iscoroutinefunction(getattr(made, hook)):
                raise WorkflowError(f"{made.__name__}.{hook}: hooks are called, not awaited; write it without async.")


def _finder(name: str, made: Callable[..., object]) -> Callable[[str, str], object]:
    """What makes the object of an episode, as a function of the case and the episode's name."""
    for words in (), ("case_id", "episode"):
        try:
            inspect.signature(made).bind(*words)
        except (TypeError, ValueError):
            continue
        return made if words else lambda case_id, episode: made()
    raise WorkflowError(
        f"the hooks of {name} must be a class or function to call with nothing, or with a case and an episode: {made!r} "
        f"is not."
    )
