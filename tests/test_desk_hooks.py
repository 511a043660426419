"""A case system's own hooks: called once for each event, when it is safely in the log."""

from __future__ import annotations

import logging
import uuid
from pathlib import Path
from typing import Any

import pytest
from desks import do, entry, open_desk, play, refusal, set_clock, shipped

from frontdoor import Conflict, Desk, SqliteLog
from frontdoor.case import Episode
from frontdoor.errors import FrontdoorError
from frontdoor.event import Event
from frontdoor.machine import Hooks

CASE = """
    2024-03-01T09:00 contact.receive
    2024-03-01T10:00 contact.refer
"""


class Told:
    """A hook that keeps what it was told."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.episodes: list[Episode | None] = []

    def __call__(self, event: Event, episode: Episode | None) -> None:
        self.events.append(event)
        self.episodes.append(episode)

    @property
    def names(self) -> list[str]:
        """What happened."""
        return [event.event for event in self.events]


def with_hook(**options: Any) -> tuple[Desk, Told]:
    told = Told()
    return open_desk("2024-03-01T09:00", after=[told], **options), told


def test_a_hook_is_told_each_event_and_what_it_opened_in_order() -> None:
    desk, told = with_hook()
    play(desk, CASE)
    assert told.names == ["contact.receive", "contact.refer", "referral.receive"]
    assert told.events == list(desk.log.follow())


def test_a_hook_is_told_the_episode_as_it_was_before_and_after_each_event() -> None:
    desk, told = with_hook()
    play(desk, CASE)
    moves = [(episode.name, episode.was, episode.state) for episode in told.episodes if episode]
    assert moves == [
        ("contact-1", None, "received"), ("contact-1", "received", "referred"), ("referral-1", None, "received")
    ]  # fmt: skip


def test_a_hook_is_called_when_the_event_is_in_the_log_and_others_can_see_it(tmp_path: Path) -> None:
    """Not before: a hook that sends a letter must not send it for what was then not kept."""
    seen: list[int] = []

    def hook(event: Event, episode: Episode | None) -> None:
        with SqliteLog(tmp_path / "borough.db", read_only=True) as other:
            found = other.find(event.event_id)
            seen.append(found.position if found else 0)

    with SqliteLog(tmp_path / "borough.db") as log:
        play(open_desk("2024-03-01T09:00", log=log, after=[hook]), CASE)
    assert seen == [1, 2, 3]


def test_of_a_batch_a_hook_is_told_when_all_of_it_is_kept() -> None:
    sizes: list[int] = []
    desk = open_desk("2024-03-01T09:00", after=[lambda event, episode: sizes.append(desk.log.size())])
    desk.record_many(entry("contact.receive", f"C-{n}") for n in range(3))
    assert sizes == [3, 3, 3]


def test_in_a_batch_each_event_is_told_with_the_state_that_it_led_to() -> None:
    desk, told = with_hook()
    desk.record_many(entry(event) for event in ("contact.receive", "contact.refer", "referral.accept"))
    assert [episode.state for episode in told.episodes if episode] == [
        "received", "referred", "received", "accepted", "under_way"
    ]  # fmt: skip


def test_a_retry_is_not_told_again() -> None:
    desk, told = with_hook()
    mine = str(uuid.uuid4())
    for _ in range(3):
        do(desk, "contact.receive", event_id=mine)
    assert told.names == ["contact.receive"]


def test_what_is_refused_is_not_told() -> None:
    desk, told = with_hook()
    refusal(desk, "contact.close")
    with pytest.raises(Conflict):
        do(desk, "contact.receive", expected_version=5)
    with pytest.raises(FrontdoorError):
        desk.record_many([entry("contact.receive"), entry("referral.accept")])
    assert told.names == []


def test_breaches_their_withdrawals_and_corrections_are_told_with_their_episode() -> None:
    desk, told = with_hook()
    play(desk, CASE)
    set_clock(desk, "2024-03-06T09:00")
    desk.check()
    desk.check()
    do(desk, "referral.accept", happened_at="2024-03-04T09:00")
    desk.correct(told.events[0].event_id, actor="m", role="manager", reason="typed wrongly", becomes={"actor": "o-2"})
    assert told.names[3:] == [
        "referral.breach_raised", "referral.breach_raised", "referral.accept", "single_assessment.start",
        "referral.breach_withdrawn", "contact.corrected",
    ]  # fmt: skip
    assert [episode.name for episode in told.episodes[3:] if episode] == [
        "referral-1", "referral-1", "referral-1", "single_assessment-1", "referral-1", "contact-1"
    ]  # fmt: skip


def test_a_hook_that_fails_is_logged_and_undoes_nothing_and_the_rest_are_called(
    caplog: pytest.LogCaptureFixture,
) -> None:
    def fails(event: Event, episode: Episode | None) -> None:
        raise RuntimeError("the post room is shut")

    told = Told()
    desk = open_desk("2024-03-01T09:00", after=[fails, told])
    with caplog.at_level(logging.ERROR, logger="frontdoor"):
        event = do(desk, "contact.receive")
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert "contact.receive" in caplog.text and "the post room is shut" in caplog.text
    assert told.events == list(desk.log.follow()) == [event]


def test_a_hook_may_look_and_record() -> None:
    """The host acknowledges every referral as it comes."""

    def acknowledge(event: Event, episode: Episode | None) -> None:
        if event.event == "referral.receive":
            assert desk.case(event.case_id).version == event.version
            do(desk, "referral.acknowledge", event.case_id)

    told = Told()
    desk = open_desk("2024-03-01T09:00", after=[acknowledge, told])
    play(desk, CASE)
    assert sorted(told.names) == ["contact.receive", "contact.refer", "referral.acknowledge", "referral.receive"]
    assert desk.case("C-1").version == 4


def test_a_late_entry_is_told_with_the_state_it_led_to_then() -> None:
    desk, told = with_hook()
    play(desk, CASE + "2024-03-04T09:00 referral.accept")
    do(desk, "referral.discuss", happened_at="2024-03-01T12:00")
    episode = told.episodes[-1]
    assert episode and (episode.name, episode.was, episode.state) == ("referral-1", "received", "received")


# ---- a host's own classes ----


class Referral:
    """The hooks of a host; `told` is shared."""

    told: list[str] = []

    def __init__(self, case_id: str, episode: str) -> None:
        self.about = f"{case_id} {episode}"

    def on_enter_received(self, event: Event) -> None:
        self.told.append(f"{self.about} came")

    def on_exit_received(self, event: Event) -> None:
        self.told.append(f"{self.about} was decided")

    def on_enter_accepted(self, event: Event) -> None:
        self.told.append(f"{self.about} was accepted by {event.actor}")

    def after_acknowledge(self, event: Event) -> None:
        self.told.append(f"{self.about} was acknowledged")

    def on_breach_raised(self, event: Event) -> None:
        self.told.append(f"{self.about} is late: {event.details['timer']}")

    def on_breach_withdrawn(self, event: Event) -> None:
        self.told.append(f"{self.about} was in time after all")


def hosted(monkeypatch: pytest.MonkeyPatch) -> tuple[Desk, list[str]]:
    monkeypatch.setattr(Referral, "told", [])
    return open_desk("2024-03-01T09:00", after=[Hooks(shipped(), referral=Referral)]), Referral.told


def test_leaving_entering_and_having_done_are_fired_once_each(monkeypatch: pytest.MonkeyPatch) -> None:
    desk, told = hosted(monkeypatch)
    play(desk, CASE)
    do(desk, "referral.acknowledge")
    mine = str(uuid.uuid4())
    for _ in range(2):
        do(desk, "referral.accept", event_id=mine)
    assert told == [
        "C-1 referral-1 came", "C-1 referral-1 was acknowledged", "C-1 referral-1 was decided",
        "C-1 referral-1 was accepted by social_worker-1",
    ]  # fmt: skip


def test_what_is_refused_fires_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    desk, told = hosted(monkeypatch)
    play(desk, CASE)
    refusal(desk, "referral.feed_back")
    assert told == ["C-1 referral-1 came"]


def test_news_of_breaches_is_fired_by_its_own_name(monkeypatch: pytest.MonkeyPatch) -> None:
    desk, told = hosted(monkeypatch)
    play(desk, CASE)
    do(desk, "referral.acknowledge")
    set_clock(desk, "2024-03-06T09:00")
    desk.check()
    do(desk, "referral.accept", happened_at="2024-03-04T09:00")
    assert told[2:] == [
        "C-1 referral-1 is late: referral.decision", "C-1 referral-1 was decided",
        "C-1 referral-1 was accepted by social_worker-1", "C-1 referral-1 was in time after all",
    ]  # fmt: skip
