"""The payload as it is: parsed without harm, held against the API's schema, every fault by its path."""

from __future__ import annotations

__all__ = ["MOST_CHILDREN", "Thing", "children"]

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import attrs

from frontdoor.errors import Fault, InputError
from frontdoor.formats.first_look import refusal
from frontdoor.formats.records import Records
from frontdoor.formats.source import not_utf8
from frontdoor.formats.values import flag, plain
from frontdoor.moment import Happened

_RECORD = {"start_date": "date", "end_date": "date", "purge": "flag"}
_SCHEMA: Mapping[str, Any] = {
    "la_child_id": "id", "mis_child_id": "text", "purge": "flag",
    "child_details": {
        "unique_pupil_number": "text", "former_unique_pupil_number": "text", "unique_pupil_number_unknown_reason": "text",
        "first_name": "text", "surname": "text", "date_of_birth": "date", "expected_date_of_birth": "date", "sex": "text",
        "ethnicity": "text", "disabilities": "texts", "postcode": "text", "uasc_flag": "flag", "uasc_end_date": "date",
        "purge": "flag",
    },
    "health_and_wellbeing": {"sdq_assessments": [{"date": "date", "score": "number"}], "purge": "flag"},
    "social_care_episodes": [{
        "social_care_episode_id": "id", "referral_date": "date", "referral_source": "text",
        "referral_no_further_action_flag": "flag", "closure_date": "date", "closure_reason": "text", "purge": "flag",
        "care_worker_details": [{"worker_id": "text", "start_date": "date", "end_date": "date"}],
        "child_and_family_assessments": [{
            "child_and_family_assessment_id": "id", "start_date": "date", "authorisation_date": "date", "factors": "texts",
            "purge": "flag",
        }],
        "child_in_need_plans": [{"child_in_need_plan_id": "id", **_RECORD}],
        "section_47_assessments": [{
            "section_47_assessment_id": "id", "icpc_required_flag": "flag", "icpc_date": "date", **_RECORD,
        }],
        "child_protection_plans": [{"child_protection_plan_id": "id", **_RECORD}],
        "child_looked_after_placements": [{
            "child_looked_after_placement_id": "id", "start_reason": "text", "placement_type": "text", "postcode": "text",
            "end_reason": "text", "change_reason": "text", **_RECORD,
        }],
        "adoption": {"initial_decision_date": "date", "matched_date": "date", "placed_date": "date", "purge": "flag"},
        "care_leavers": {"contact_date": "date", "activity": "text", "accommodation": "text", "purge": "flag"},
    }],
}  # fmt: skip
"""The API's schema (version 1.0.1), as what each property holds."""
_AT_A_TIME = 100
"""Children that the API takes at a time."""
MOST_CHILDREN = 50_000
"""In a payload; the largest authorities have less than half as many in need in a year."""
_MOST_OBJECTS = 500_000
"""In a payload, of whatever kind."""
_PATIENCE = 10_000
"""Faults after which a payload in which no date could be read is given up."""


_MOST_NAMES = 10_000
_MOST_STRANGERS = 1000
"""Things among the children that are none."""


class _TooManyNames(ValueError):
    """An object with more names than any that is meant."""


class _Object(dict[str, Any]):
    """An object of JSON, and the names that stand in it more than once."""

    doubled: Sequence[str] = ()


@attrs.frozen
class _Odd:
    """A number that JSON does not have, or that is too long to be one."""

    text: str

    def __str__(self) -> str:
        return self.text


@attrs.frozen
class Thing:
    """An object of the payload, its properties read: `texts` (ids too), `dates`, `flags`, and the things in it by name."""

    row: int
    """The child's number in the payload, from 1."""
    path: str
    texts: Mapping[str, str]
    dates: Mapping[str, Happened | None]
    flags: Mapping[str, bool | None]
    within: Mapping[str, Sequence[Thing]]

    @property
    def purged(self) -> bool:
        """Whether it is marked to be purged."""
        return bool(self.flags.get("purge"))

    def count(self) -> int:
        """How many dates it holds, in all that is in it."""
        return sum(day is not None for day in self.dates.values()) + sum(
            thing.count() for things in self.within.values() for thing in things
        )


def children(content: bytes, name: str, records: Records) -> list[Thing]:
    """The children of a payload; whatever is not as the schema says is rejected by its path, or noted.

    Raises:
        InputError: it is no JSON in UTF-8, is nested beyond reason, has more in it than any authority has, or is not the API's
            payload; or no date of its first children can be read, and so much is wrong that no others are looked at.
    """
    found = _parsed(content, name)
    if isinstance(found, _Object) and "la_child_id" in found:
        found = [found]
    elif isinstance(found, _Object) and len(found) == 1 and isinstance(next(iter(found.values())), list):
        ((outer, found),) = found.items()
        records.notes.append(f"The children are those of {ascii(outer[:40])}; the API takes the array alone.")
    if not isinstance(found, list) or not any(isinstance(one, _Object) and "la_child_id" in one for one in found):
        what = "is JSON, but not a payload of the daily API: no array of children, each with its la_child_id."
        raise InputError([Fault(name, "", "not-daily-api", what)])
    strangers = sum(not isinstance(one, _Object) for one in found)
    if strangers > _MOST_STRANGERS:
        message = f"holds {strangers:,} things among its children that are no objects of JSON: it is no payload."
        raise InputError([Fault(name, "", "not-daily-api", message, "Export it again.")])
    if len(found) > _AT_A_TIME:
        records.notes.append(f"The payload holds {len(found)} children; the API takes {_AT_A_TIME} at a time.")
    walk = _Walk(records)
    things = []
    for row, one in enumerate(found, 1):
        thing = walk.thing(one, _SCHEMA, row, f"$[{row - 1}]")
        things += [thing] if thing is not None else []
        if not walk.dated and len(records.rejected) >= _PATIENCE:
            what = f"has no date that can be read in its first {row:,} children, and the others were not looked at."
            raise InputError(refusal(name, "", what, "Export it again.", records.rejected))
    walk.note()
    return things


def _parsed(content: bytes, name: str) -> Any:
    for mark, what, most in ((b'"la_child_id"', "children", MOST_CHILDREN), (b"{", "objects", _MOST_OBJECTS)):
        many = content.count(mark)
        if many > most:
            message = f"holds {many:,} {what}; {most:,} are the most, and more than any authority has."
            advice = f"Write one authority's at a time, as the API takes them: {_AT_A_TIME} children a payload."
            raise InputError([Fault(name, "", "too-much", message, advice)])
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError([not_utf8(name, content, error)]) from None
    try:
        return json.loads(
            text, object_pairs_hook=_object, parse_constant=_Odd,
            parse_int=lambda digits: int(digits) if len(digits) < 19 else _Odd(digits[:60]),
        )  # fmt: skip
    except json.JSONDecodeError as error:
        where, message = (
            f"line {error.lineno}, column {error.colno}",
            f"is not JSON: {error.msg[0].lower()}{error.msg[1:]}.",
        )
        raise InputError([Fault(name, where, "not-json", message, "Export it again.")]) from None
    except _TooManyNames:
        message = f"has an object with more than {_MOST_NAMES:,} names, which no payload has."
        raise InputError([Fault(name, "", "too-much", message, "Export it again.")]) from None
    except RecursionError:
        message = "is nested deeper than any payload: that can only be a fault, or meant to harm."
        raise InputError([Fault(name, "", "too-deep", message)]) from None


def _object(pairs: list[tuple[str, Any]]) -> _Object:
    if len(pairs) > _MOST_NAMES:
        raise _TooManyNames
    found = _Object(pairs)
    if len(found) < len(pairs):
        found.doubled = [key for key, times in Counter(key for key, _ in pairs).items() if times > 1]
    return found


@attrs.define
class _Walk:
    """Through the payload beside the schema."""

    records: Records
    unknown: Counter[str] = attrs.Factory(Counter)
    """The names of properties that the schema does not have."""
    dated: bool = False
    """Whether any date of an episode, or of what is in one, could be read."""

    def thing(self, value: Any, schema: Mapping[str, Any], row: int, path: str) -> Thing | None:
        """An object, or None (and a rejection) if it is none."""
        if not isinstance(value, _Object):
            self.reject(row, path, f"is {_kind(value)} where an object belongs.", value)
            return None
        texts: dict[str, str] = {}
        dates: dict[str, Happened | None] = {}
        flags: dict[str, bool | None] = {}
        within: dict[str, Sequence[Thing]] = {}
        for key in value.doubled:
            self.reject(row, f"{path}.{_shown(key)}", "stands there more than once: which is meant? None was read.")
        self.unknown.update(key for key in value if key not in schema)
        for key, what in schema.items():
            said, place = value.get(key), f"{path}.{key}"
            if said is None or key in value.doubled:
                continue
            if what == "date":
                dates[key] = self.date(said, row, place)
            elif what == "flag":
                flags[key] = self.flag(said, row, place)
            elif isinstance(what, list):
                within[key] = list(self.things(said, what[0], row, place))
            elif isinstance(what, Mapping):
                within[key] = [one for one in [self.thing(said, what, row, place)] if one is not None]
            else:
                texts[key] = self.text(said, what, row, place)
        return Thing(row, path, texts, dates, flags, within)

    def things(self, value: Any, schema: Mapping[str, Any], row: int, path: str) -> Iterator[Thing]:
        if not isinstance(value, list):
            self.reject(row, path, f"is {_kind(value)} where an array belongs.", value)
            return
        for place, one in enumerate(value):
            thing = self.thing(one, schema, row, f"{path}[{place}]")
            if thing is not None:
                yield thing

    def date(self, value: Any, row: int, path: str) -> Happened | None:
        if not isinstance(value, str):
            self.reject(row, path, f'is {_kind(value)} where a date belongs: write "2022-06-14".', value)
            return None
        found = self.records.happened(row, path, value)
        self.dated |= found is not None and ".social_care_episodes[" in path
        return found

    def flag(self, value: Any, row: int, path: str) -> bool | None:
        """A truth value; one written as text or number is read, and told."""
        if isinstance(value, bool):
            return value
        try:
            found = flag(plain(value)[:20]) if isinstance(value, str | int) else None
        except ValueError:
            found = None
        read = "it was left out" if found is None else f"it was read as {str(found).lower()}"
        self.reject(row, path, f"is {_kind(value)} where true or false belongs: {read}.", value)
        return found

    def text(self, value: Any, what: str, row: int, path: str) -> str:
        """A text, checked; of numbers and lists of codes, which nothing reads, only that they are such."""
        if what == "texts":
            if not isinstance(value, list) or not all(isinstance(one, str) for one in value):
                self.reject(row, path, f"is {_kind(value)} where an array of texts belongs.", value)
            return ""
        if what == "number":
            if not isinstance(value, int | float) or isinstance(value, bool):
                self.reject(row, path, f"is {_kind(value)} where a number belongs.", value)
            return ""
        if not isinstance(value, str) and not (what == "id" and isinstance(value, int) and not isinstance(value, bool)):
            self.reject(row, path, f"is {_kind(value)} where a text belongs.", value)
            return ""
        return self.records.said(row, path, value)

    def reject(self, row: int, path: str, reason: str, value: Any = "") -> None:
        shown = value if isinstance(value, str | int | float | _Odd) else ""
        self.records.reject(row, path, reason, shown if isinstance(shown, str) else str(shown))

    def note(self) -> None:
        if self.unknown:
            said = ", ".join(f"{many} {_shown(key)}" for key, many in self.unknown.most_common(10))
            self.records.notes.append(f"Properties that the API does not have were passed over: {said}.")


def _kind(value: Any) -> str:
    kinds = (
        (bool, "a truth value"),
        (str, "a text"),
        (int | float, "a number"),
        (list, "an array"),
        (dict, "an object"),
    )
    return next((said for kind, said in kinds if isinstance(value, kind)), "a number that JSON does not have")


def _shown(key: str) -> str:
    return ascii(key[:60])[1:-1]
