"""What was last said to stand of a case is what stands, and from that comes what is due."""

from __future__ import annotations

__all__ = ["WhatStands"]


from frontdoor.log import EventLog
from frontdoor.log.standing import BreachRow, Standing
from frontdoor.testing.conformance.material import a_breach, a_deadline, a_draft, an_episode
from frontdoor.testing.conformance.suite import (
    Suite,
    append,
    stand,
)


class WhatStands(Suite):
    """What was last said to stand of a case is what stands, and from that comes what is due."""

    # ---- what stands ----

    def test_what_stands_of_a_case_is_replaced_whole_and_other_cases_keep_theirs(self, log: EventLog) -> None:
        (event,) = append(log, a_draft())
        one = Standing(
            "C-1", (an_episode("C-1"), an_episode("C-1", 2)), (a_deadline("C-1"), a_deadline("C-1", 2)),
            (a_breach("C-1", event.event_id),),
        )  # fmt: skip
        other = Standing("C-2", (an_episode("C-2"),), (a_deadline("C-2", late_from=None, allowed=None, over=3),))
        with log.writing() as writing:
            writing.stand([one, other])
        assert (log.standing("C-1"), log.standing("C-2")) == (one, other)
        changed = Standing("C-1", (an_episode("C-1", state="accepted", is_open=0),), (a_deadline("C-1", 2, 9),))
        with log.writing() as writing:
            writing.stand([changed])
        log = self._again(log)
        assert (log.standing("C-1"), log.standing("C-2")) == (changed, other)
        with log.writing() as writing:
            writing.stand([Standing("C-1")])
        assert (log.standing("C-1"), log.standing("C-2")) == (Standing("C-1"), other)

    def test_of_what_is_said_twice_to_stand_the_last_stands(self, log: EventLog) -> None:
        with log.writing() as writing:
            writing.stand(
                [Standing("C-1", (an_episode("C-1"), an_episode("C-1", 2))), Standing("C-1", (an_episode("C-1"),))]
            )
            writing.stand([Standing("C-1", (an_episode("C-1", 3),))])
        assert log.standing("C-1") == Standing("C-1", (an_episode("C-1", 3),))

    def test_episodes_and_deadlines_are_listed_by_case_and_number(self, log: EventLog) -> None:
        with log.writing() as writing:
            for case_id in ("C-2", "C-10", "C-1"):
                numbers = (1, 2, 10)
                writing.stand([
                    Standing(case_id, tuple(an_episode(case_id, n) for n in numbers), tuple(a_deadline(case_id, n) for n in numbers))
                ])  # fmt: skip
        listed = [(case_id, number) for case_id in ("C-1", "C-10", "C-2") for number in (1, 2, 10)]
        assert [row[:2] for row in log.episodes()] == [row[:2] for row in log.deadlines()] == listed

    def test_breaches_are_listed_in_the_order_they_were_raised(self, log: EventLog) -> None:
        with log.writing() as writing:
            events = writing.append([a_draft(f"C-{n % 3}", event="referral.breach_raised") for n in range(9)])
        by_case: dict[str, list[BreachRow]] = {}
        for event in events:
            by_case.setdefault(event.case_id, []).append(a_breach(event.case_id, event.event_id))
        with log.writing() as writing:
            writing.stand(Standing(case_id, breaches=tuple(rows)) for case_id, rows in reversed(by_case.items()))
        withdrawn = a_breach("C-1", events[1].event_id, withdrawn="id-9", why="it was recorded late")
        with log.writing() as writing:
            writing.stand([Standing("C-1", breaches=(withdrawn, *by_case["C-1"][1:]))])
        assert [row.breach for row in log.breaches()] == [event.event_id for event in events]
        assert [row for row in log.breaches() if row.withdrawn] == [withdrawn]

    # ---- what is due ----

    def test_a_case_is_due_from_the_moment_its_first_deadline_is_late(self, log: EventLog) -> None:
        stand(log, a_deadline("C-1", 1, 50), a_deadline("C-1", 2, 40), a_deadline("C-2", 1, 60))
        assert log.due(39) == []
        assert log.due(40) == [(40, "C-1")]
        assert log.due(59) == [(40, "C-1")]
        assert log.due(60) == [(40, "C-1"), (60, "C-2")]

    def test_only_a_deadline_that_runs_and_is_not_breached_and_can_be_told_is_due(self, log: EventLog) -> None:
        stand(
            log, a_deadline("C-1", 1, 1, breached=1), a_deadline("C-1", 2, 2, status="late"), a_deadline("C-1", 3, 3),
            a_deadline("C-2", 1, None), a_deadline("C-3", 1, 1, status="met"), a_deadline("C-4", 1, 1, breached=1),
        )  # fmt: skip
        assert log.due(1 << 60) == [(3, "C-1")]

    def test_what_is_due_is_given_in_portions_each_case_once(self, log: EventLog) -> None:
        stand(log, *(a_deadline(f"C-{number % 7}", number, number // 2) for number in range(30)))
        whole = log.due(1 << 60)
        assert whole == sorted(whole)
        assert len(whole) == 7
        for limit in (1, 2, 3, 7, 8):
            found: list[tuple[int, str]] = []
            while portion := log.due(1 << 60, limit=limit, **({"after": found[-1]} if found else {})):
                assert len(portion) <= limit
                found += portion
            assert found == whole

    def test_deadlines_that_run_are_given_soonest_first_and_those_that_cannot_be_told_last(self, log: EventLog) -> None:
        stand(
            log, a_deadline("C-2", 1, None), a_deadline("C-2", 2, 5), a_deadline("C-1", 1, 7, breached=1),
            a_deadline("C-1", 2, 6, status="met"), a_deadline("C-3", 1, -4), a_deadline("C-1", 3, 5),
        )  # fmt: skip
        soonest = [("C-3", 1), ("C-1", 3), ("C-2", 2), ("C-1", 1)]
        assert [row[:2] for row in log.running()] == [*soonest, ("C-2", 1)]
        assert [row[:2] for row in log.running(before=7)] == soonest[:3]
        assert [row[:2] for row in log.running(before=8)] == soonest
