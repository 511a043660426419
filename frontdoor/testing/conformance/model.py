"""Whatever is tried, a log holds what a list would."""

from __future__ import annotations

__all__ = ["AsAListWould"]


import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from frontdoor.errors import Conflict
from frontdoor.event import Event
from frontdoor.log import Head
from frontdoor.log.checkpoint import verify
from frontdoor.testing.conformance.material import a_draft
from frontdoor.testing.conformance.suite import (
    Suite,
    any_driver,
    append,
)


class AsAListWould(Suite):
    """Whatever is tried, a log holds what a list would."""

    def test_whatever_is_tried_it_holds_what_a_list_would(self) -> None:
        @settings(any_driver, max_examples=self.examples)
        @given(
            steps=st.lists(
                st.tuples(
                    st.sampled_from(["keep", "undo", "double", "reopen"]),
                    st.lists(st.sampled_from(["C-1", "C-2", "C-3", ""]), max_size=4),
                ),
                max_size=10,
            )
        )
        def holds(steps: list[tuple[str, list[str]]]) -> None:
            log = self._new()
            model: list[Event] = []
            for step, cases in steps:
                new = [a_draft(case_id) for case_id in cases]
                if step == "keep":
                    model += append(log, *new)
                elif step == "reopen":
                    log = self._again(log)
                elif step == "undo":
                    with pytest.raises(ZeroDivisionError), log.writing() as writing:
                        writing.append(new)
                        raise ZeroDivisionError
                elif model:
                    with pytest.raises(Conflict):
                        append(log, *new, model[len(cases) % len(model)])
                assert list(log.follow()) == model
                assert (log.size(), log.last()) == (len(model), model[-1] if model else None)
            assert [event.position for event in model] == list(range(1, len(model) + 1))
            assert list(log.cases()) == list(dict.fromkeys(event.case_id for event in model if event.case_id))
            for case_id in ("C-1", "C-2", "C-3", ""):
                events = [event for event in model if event.case_id == case_id]
                assert log.events(case_id) == events
                assert [event.version for event in events] == list(range(1, len(events) + 1))
                assert log.head(case_id) == (Head(len(events), events[-1].hash) if events else Head(0, ""))
            assert verify(log.records(), log_id=log.log_id).size == len(model)
            log.close()

        holds()
