"""A workflow as a machine, and the hooks that a case system hangs on it."""

from __future__ import annotations

from typing import Any

import attrs
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from transitions import Machine, MachineError

from frontdoor import load
from frontdoor.errors import UnknownWorkflow, WorkflowError
from frontdoor.library import Library
from frontdoor.machine import Hooks, machine
from frontdoor.testing import hold, libraries, workflows
from frontdoor.testing.agreement import machine_agrees
from frontdoor.workflow import State, Transition, Workflow

LIBRARY = load()
REFERRAL, MASH = LIBRARY.workflow("referral"), LIBRARY.workflow("mash")
EVERY = [
    pytest.param(LIBRARY.workflow(name, edition.name), id=f"{edition.name}-{name}")
    for edition in LIBRARY.editions
    for name in LIBRARY.names()
]


class Model:
    """A model that has nothing yet."""


def model_of(workflow: Workflow, **options: Any) -> Any:
    """A model in the care of a machine."""
    model = Model()
    machine(workflow, model, **options)
    return model


@attrs.frozen
class Event:
    """What hooks need of an event, and a number to know it by."""

    event: str
    case_id: str = "C-1"
    episode: str = "referral-1"
    position: int = 1


@attrs.frozen
class Episode:
    """What hooks need of an episode."""

    was: str | None
    state: str
    declaration: Workflow = REFERRAL


Told = list[tuple[str, Any]]


def told_of(workflow: Workflow, told: Told) -> type:
    """A class with every hook of a workflow; each writes its name and what it was given into `told`."""
    names = [f"{kind}_{state}" for state in workflow.states for kind in ("on_exit", "on_enter")]
    names += [f"after_{move}" for move in workflow.transitions]
    names += ["on_breach_raised", "on_breach_withdrawn", "on_corrected"]
    hooks = {name: lambda self, event, name=name: told.append((name, event)) for name in names}
    return type("Teller", (), hooks)


def fired(event: str, was: str | None, state: str, workflow: Workflow = REFERRAL) -> list[str]:
    """The names of the hooks that an event of the case's episode fires, in order."""
    told: Told = []
    hooks = Hooks(LIBRARY, **{workflow.name: told_of(workflow, told)})
    hooks(Event(f"{workflow.name}.{event}"), Episode(was, state, workflow))
    return [name for name, _ in told]


# ---- the machine ----


@pytest.mark.parametrize("workflow", EVERY)
def test_it_has_the_states_and_transitions_of_the_declaration_and_no_others(workflow: Workflow) -> None:
    made = machine(workflow)
    assert isinstance(made, Machine)
    assert made.initial == workflow.initial
    assert {name: state.final for name, state in made.states.items()} == {
        state.name: state.final for state in workflow.states.values()
    }
    assert {
        (name, one.source, one.dest) for name in made.events for one in made.get_transitions(name)
    } == {(move.name, state, move.to) for move in workflow.transitions.values() for state in move.from_}  # fmt: skip


def test_a_model_begins_in_the_initial_state() -> None:
    assert model_of(REFERRAL).state == "received"


def test_a_model_of_an_episode_that_is_under_way_begins_in_its_state() -> None:
    assert model_of(REFERRAL, state="accepted").is_accepted()


def test_a_state_that_is_not_there_is_refused_with_a_suggestion() -> None:
    with pytest.raises(UnknownWorkflow, match="no state called 'acepted'. Did you mean accepted?"):
        machine(REFERRAL, Model(), state="acepted")


def test_a_model_may_do_what_its_state_allows() -> None:
    model = model_of(REFERRAL)
    assert model.may_accept() and not model.may_close()
    model.accept()
    assert model.may_close() and not model.may_accept()


def test_what_the_state_does_not_allow_is_the_errors_of_transitions() -> None:
    with pytest.raises(MachineError, match="close"):
        model_of(REFERRAL).close()


def test_the_opening_transition_is_nothing_that_a_model_may_do() -> None:
    assert not hasattr(model_of(REFERRAL), "receive")


def test_a_models_own_hooks_are_called_in_order_with_what_the_trigger_was_called_with() -> None:
    told: Told = []
    model: Any = told_of(REFERRAL, told)()
    machine(REFERRAL, model)
    model.accept("the event")
    assert told == [(name, "the event") for name in ("on_exit_received", "on_enter_accepted", "after_accept")]


def test_a_transition_that_stays_neither_leaves_nor_enters_but_has_been_done() -> None:
    told: Told = []
    model: Any = told_of(REFERRAL, told)()
    machine(REFERRAL, model)
    model.acknowledge("it")
    assert told == [("after_acknowledge", "it")]
    assert model.state == "received"


def test_a_transition_that_leads_where_it_comes_from_leaves_and_enters_again() -> None:
    told: Told = []
    model: Any = told_of(MASH, told)()
    machine(MASH, model, state="red")
    model.rate_red("it")
    assert [name for name, _ in told] == ["on_exit_red", "on_enter_red", "after_rate_red"]


def test_a_machine_takes_models_of_several_classes_each_with_its_own_hooks() -> None:
    told: Told = []
    with_hooks: Any = told_of(REFERRAL, told)()
    without: Any = Model()
    made = machine(REFERRAL, with_hooks)
    made.add_model(without)
    without.accept("its own")
    assert told == [] and without.state == "accepted" and with_hooks.state == "received"


def test_a_model_that_counts_as_false_is_a_model_like_any_other() -> None:
    class Empty:
        def __len__(self) -> int:
            return 0

    model: Any = Empty()
    machine(REFERRAL, model)
    assert model.may_accept()


@pytest.mark.parametrize("name", ["accept", "may_accept", "is_received", "state", "trigger"])
def test_a_model_that_has_a_name_that_the_machine_needs_is_refused(name: str) -> None:
    model = Model()
    setattr(model, name, "mine")
    with pytest.raises(WorkflowError, match=f"Model already has {name}, which the machine would put there"):
        machine(REFERRAL, model)
    assert vars(model) == {name: "mine"}


def test_a_model_added_later_is_held_to_the_same() -> None:
    model: Any = Model()
    model.close = "mine"
    with pytest.raises(WorkflowError, match="Model already has close"):
        machine(REFERRAL).add_model(model)


def test_a_model_may_keep_its_state_and_lend_the_machine_another_attribute() -> None:
    model: Any = Model()
    model.state = "Kent"
    machine(REFERRAL, model, attribute="stage")
    model.accept()
    assert (model.state, model.stage) == ("Kent", "accepted")
    assert model.is_stage_accepted()


def test_a_model_that_takes_no_attributes_is_refused() -> None:
    @attrs.frozen
    class Ice:
        pass

    with pytest.raises(WorkflowError, match="Ice cannot be a machine's model: it takes no new attributes"):
        machine(REFERRAL, Ice())


@pytest.mark.parametrize("name", ["trigger", "state", "is_open", "after_start", "may_note"])
def test_a_workflow_whose_names_a_machine_cannot_keep_apart_is_refused(name: str) -> None:
    moves = [Transition("start"), Transition("note", from_=["open"]), Transition(name, from_=["open"], to="done")]
    workflow = Workflow(
        "permit", initial="open", opens_with="start", states=[State("open"), State("done", final=True)],
        transitions=moves,
    )  # fmt: skip
    with pytest.raises(WorkflowError, match=f"needs the name '{name}' for two things"):
        machine(workflow, Model())


# ---- the hooks ----


def test_an_episode_that_opens_enters_the_initial_state_once() -> None:
    assert fired("receive", None, "received") == ["on_enter_received", "after_receive"]


def test_a_move_leaves_then_enters_then_has_been_done() -> None:
    assert fired("accept", "received", "accepted") == ["on_exit_received", "on_enter_accepted", "after_accept"]


def test_what_stays_has_only_been_done() -> None:
    assert fired("acknowledge", "closed", "closed") == ["after_acknowledge"]


def test_what_leads_where_it_comes_from_leaves_and_enters_again() -> None:
    assert fired("rate_red", "red", "red", MASH) == ["on_exit_red", "on_enter_red", "after_rate_red"]


def test_every_hook_is_given_the_recorded_event() -> None:
    told: Told = []
    event = Event("referral.accept", position=17)
    Hooks(LIBRARY, referral=told_of(REFERRAL, told))(event, Episode("received", "accepted"))
    assert [given for _, given in told] == [event, event, event]


def test_an_event_against_the_rules_enters_the_state_that_it_led_to() -> None:
    assert fired("close", "received", "closed") == ["on_exit_received", "on_enter_closed", "after_close"]


def test_an_event_against_the_rules_that_led_where_the_episode_was_enters_that_again() -> None:
    assert fired("accept", "accepted", "accepted") == ["on_exit_accepted", "on_enter_accepted", "after_accept"]


def test_an_event_after_the_end_moves_nothing_and_has_only_been_done() -> None:
    assert fired("accept", "closed", "closed") == ["after_accept"]
    assert fired("close", "closed", "closed") == ["after_close"]


def test_a_late_entry_that_leads_elsewhere_than_declared_is_believed() -> None:
    assert fired("acknowledge", "received", "accepted") == [
        "on_exit_received", "on_enter_accepted", "after_acknowledge",
    ]  # fmt: skip
    assert fired("accept", "received", "closed") == ["on_exit_received", "on_enter_closed", "after_accept"]


def test_an_episode_that_opens_without_its_opening_event_enters_the_state_that_it_is_in() -> None:
    assert fired("accept", None, "accepted") == ["on_enter_accepted", "after_accept"]
    assert fired("acknowledge", None, "received") == ["on_enter_received", "after_acknowledge"]


def test_a_second_opening_event_of_an_episode_has_only_been_done() -> None:
    assert fired("receive", "accepted", "accepted") == ["after_receive"]


def test_a_transition_that_the_episodes_edition_does_not_have_has_only_been_done() -> None:
    bare = attrs.evolve(
        REFERRAL, transitions={name: move for name, move in REFERRAL.transitions.items() if name != "discuss"}
    )
    told: Told = []
    Hooks(LIBRARY, referral=told_of(REFERRAL, told))(
        Event("referral.discuss"), Episode("received", "received", bare)
    )  # fmt: skip
    assert [name for name, _ in told] == ["after_discuss"]


@pytest.mark.parametrize("name", ["breach_raised", "breach_withdrawn", "corrected"])
def test_the_desks_own_news_moves_nothing_and_is_told_by_its_own_name(name: str) -> None:
    assert fired(name, "received", "received") == [f"on_{name}"]


def test_news_of_no_episode_is_told_all_the_same() -> None:
    told: Told = []
    Hooks(LIBRARY, referral=told_of(REFERRAL, told))(Event("referral.corrected", episode=""), None)
    assert [name for name, _ in told] == ["on_corrected"]


def test_news_that_the_host_has_no_hook_for_is_left() -> None:
    told: Told = []
    teller = told_of(REFERRAL, told)
    del teller.on_breach_raised  # type: ignore[attr-defined]
    Hooks(LIBRARY, referral=teller)(Event("referral.breach_raised"), Episode("received", "received"))
    assert told == []


def test_an_event_of_a_workflow_without_hooks_fires_nothing() -> None:
    told: Told = []
    hooks = Hooks(LIBRARY, referral=told_of(REFERRAL, told))
    hooks(Event("contact.receive"), Episode(None, "received", LIBRARY.workflow("contact")))
    hooks(Event("desk.checked"), None)
    assert told == []


def test_editions_that_differ_are_each_fired_by_their_own_declaration() -> None:
    """An episode bound to guidance that has a state which today's has not."""
    told: Told = []
    states = {**REFERRAL.states, "parked": State("parked")}
    moves = {**REFERRAL.transitions, "accept": attrs.evolve(REFERRAL.transitions["accept"], to="parked")}
    other = attrs.evolve(REFERRAL, states=states, transitions=moves)
    teller = told_of(other, told)
    hooks = Hooks(LIBRARY, referral=lambda case_id, episode: teller())
    hooks(Event("referral.accept"), Episode("received", "accepted"))
    hooks(Event("referral.accept"), Episode("received", "parked", other))
    assert [name for name, _ in told if "enter" in name] == ["on_enter_accepted", "on_enter_parked"]


# ---- whose hooks ----


def test_a_class_that_takes_the_case_and_the_episode_is_given_them() -> None:
    asked = []

    class Referral:
        def __init__(self, case_id: str, episode: str) -> None:
            asked.append((case_id, episode))

    Hooks(LIBRARY, referral=Referral)(Event("referral.accept", "C-7", "referral-2"), Episode("received", "accepted"))
    assert asked == [("C-7", "referral-2")]


def test_a_function_may_look_the_hosts_own_object_up() -> None:
    told: Told = []
    mine = told_of(REFERRAL, told)()
    hooks = Hooks(LIBRARY, referral=lambda case_id, episode: {("C-7", "referral-2"): mine}.get((case_id, episode)))
    hooks(Event("referral.accept", "C-7", "referral-2"), Episode("received", "accepted"))
    hooks(Event("referral.accept", "C-8", "referral-1"), Episode("received", "accepted"))  # the host has none
    assert len(told) == 3


def test_nothing_is_written_on_the_hosts_object() -> None:
    @attrs.frozen
    class Referral:
        state: str = "Kent"
        accept: str = "a column of the host's"

        def on_enter_accepted(self, event: Event) -> None:
            entered.append(self.state)

    entered: list[str] = []
    Hooks(LIBRARY, referral=Referral)(Event("referral.accept"), Episode("received", "accepted"))
    assert entered == ["Kent"]


def test_a_hook_that_fails_is_the_callers_to_know_and_the_next_event_is_fired() -> None:
    told: Told = []

    class Referral(told_of(REFERRAL, told)):  # type: ignore[misc]
        def on_enter_accepted(self, event: Event) -> None:
            raise OSError("the mail server is down")

    hooks = Hooks(LIBRARY, referral=Referral)
    with pytest.raises(OSError, match="the mail server is down"):
        hooks(Event("referral.accept"), Episode("received", "accepted"))
    hooks(Event("referral.close"), Episode("accepted", "closed"))
    assert [name for name, _ in told] == ["on_exit_received", "on_exit_accepted", "on_enter_closed", "after_close"]


def test_an_attribute_error_of_the_hosts_own_is_not_taken_for_a_missing_hook() -> None:
    class Referral:
        def on_enter_accepted(self, event: Event) -> None:
            self.nowhere  # type: ignore[attr-defined]  # noqa: B018

    with pytest.raises(AttributeError, match="nowhere"):
        Hooks(LIBRARY, referral=Referral)(Event("referral.accept"), Episode("received", "accepted"))


def test_a_hook_may_record_another_event_whose_hooks_then_fire_first() -> None:
    told: list[str] = []

    class Referral:
        def on_enter_accepted(self, event: Event) -> None:
            hooks(Event("referral.close"), Episode("accepted", "closed"))

        def on_enter_closed(self, event: Event) -> None:
            told.append(event.event)

        def after_accept(self, event: Event) -> None:
            told.append(event.event)

    hooks = Hooks(LIBRARY, referral=Referral)
    hooks(Event("referral.accept"), Episode("received", "accepted"))
    assert told == ["referral.close", "referral.accept"]


def test_hooks_of_a_workflow_that_is_not_there_are_refused_with_a_suggestion() -> None:
    with pytest.raises(UnknownWorkflow, match="no workflow called 'referal'. Did you mean referral?"):
        Hooks(LIBRARY, referal=Model)


@pytest.mark.parametrize(
    ("hook", "said"),
    [
        ("on_enter_acepted", "referral has no state 'acepted'. Did you mean accepted?"),
        ("on_exit_acepted", "referral has no state 'acepted'. Did you mean accepted?"),
        ("after_acept", "referral has no transition 'acept'. Did you mean accept?"),
    ],
)
def test_a_hook_that_nothing_would_ever_call_is_refused_with_a_suggestion(hook: str, said: str) -> None:
    with pytest.raises(WorkflowError, match=said):
        Hooks(LIBRARY, referral=type("Referral", (), {hook: lambda self, event: None}))


def test_a_hook_of_what_only_an_older_edition_has_is_not_refused(tmp_path: Any) -> None:
    (tmp_path / "guidance").mkdir()
    (tmp_path / "permit.toml").write_text(
        'title = "Permit"\ninitial = "open"\nopens_with = "start"\n'
        'states.open = {title = "Open", unguarded = "Nothing presses."}\nstates.done = {title = "Done", final = true}\n'
        'transitions.start = {title = "Start"}\ntransitions.close = {title = "Close", from = ["open"], to = "done"}\n'
        'transitions.note = {title = "Note", from = ["open"]}\n'
    )
    (tmp_path / "guidance" / "old.toml").write_text(
        'title = "Old"\nin_force_from = 2009-01-01\nworkflows.permit.title = "Permit"\n'
    )
    (tmp_path / "guidance" / "new.toml").write_text(
        'title = "New"\namends = "old"\nin_force_from = 2010-01-01\nremoves = ["workflows.permit.transitions.note"]\n'
    )
    library = load(tmp_path)
    assert "note" not in library.workflow("permit").transitions
    Hooks(library, permit=type("Permit", (), {"after_note": lambda self, event: None}))


def test_a_hook_that_would_have_to_be_awaited_is_refused() -> None:
    class Referral:
        async def on_enter_accepted(self, event: Event) -> None: ...

    with pytest.raises(WorkflowError, match="Referral.on_enter_accepted: hooks are called, not awaited"):
        Hooks(LIBRARY, referral=Referral)


@pytest.mark.parametrize("made", [Model(), lambda case_id: None, lambda a, b, c: None, "referral"])
def test_what_cannot_be_called_for_the_object_is_refused(made: Any) -> None:
    with pytest.raises(WorkflowError, match="the hooks of referral must be a class or function to call with nothing"):
        Hooks(LIBRARY, referral=made)


# ---- of any workflow ----


@settings(deadline=None, suppress_health_check=list(HealthCheck), max_examples=60)
@given(workflows(), st.data())
def test_on_any_walk_each_event_fires_each_of_its_hooks_once(workflow: Workflow, data: st.DataObject) -> None:
    """Events against the rules are walked too, and are believed."""
    told: Told = []
    teller = told_of(workflow, told)
    hooks = Hooks(_library_of(workflow), permit=lambda case_id, episode: teller())
    hooks(Event(f"permit.{workflow.opens_with}"), Episode(None, workflow.initial, workflow))
    state, entered = workflow.initial, [name for name, _ in told]
    assert entered == [f"on_enter_{state}", f"after_{workflow.opens_with}"]
    for move in data.draw(st.lists(st.sampled_from(list(workflow.transitions.values())), max_size=8)):
        told.clear()
        legal, ended = state in move.from_, workflow.states[state].final
        to = move.to if legal or not ended else None
        now = to or state
        hooks(Event(f"permit.{move.name}"), Episode(state, now, workflow))
        moved = [f"on_exit_{state}", f"on_enter_{to}"] if to else []
        assert [name for name, _ in told] == [*moved, f"after_{move.name}"]
        state = now


def _library_of(workflow: Workflow) -> Library:
    composed = attrs.evolve(LIBRARY.composed[None], workflows={workflow.name: workflow})
    return attrs.evolve(LIBRARY, composed=dict.fromkeys(LIBRARY.composed, composed))


def test_the_machine_and_the_kernel_agree_on_every_history_of_any_library() -> None:
    hold(libraries(), max_examples=60, properties={"machine_agrees": machine_agrees})


@pytest.mark.parametrize("overlays", [(), ("london_mash",), ("wexcombe",)], ids=lambda names: " ".join(names) or "bare")
def test_the_machine_and_the_kernel_agree_on_every_history_of_the_shipped_workflows(overlays: tuple[str, ...]) -> None:
    hold(load(local=overlays), max_examples=12, properties={"machine_agrees": machine_agrees})


@pytest.mark.slow
def test_the_machine_and_the_kernel_agree_on_many_histories() -> None:
    hold(libraries(), max_examples=1500, properties={"machine_agrees": machine_agrees})
