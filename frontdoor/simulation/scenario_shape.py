"""The words of a scenario file, and what each may say; `workflows/schema/scenario.schema.json` says the same to editors.

What hangs on several words at once (a role that may not do what a task does) is not said here but in `scenario_parts`.
"""

from __future__ import annotations

__all__ = ["CASE", "SHAPE", "WEEK", "length_of", "spans_of", "time_of"]

import math
import re
from datetime import date, datetime
from typing import Any

from frontdoor import reading
from frontdoor.reading import NAME, flag, text, texts

WEEK = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_LENGTH = re.compile(r"((?:0|[1-9][0-9]{0,3})(?:\.[0-9]{1,4})?) (second|minute|hour|day|week|working day)s?")
_UNITS = {"second": 1, "minute": 60, "hour": 3_600, "day": 86_400, "week": 604_800, "working day": 86_400}
_TIME = re.compile(r"([01][0-9]|2[0-3]):([0-5][0-9])")
_EVENT = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_NAMED = re.compile(r"[a-z][a-z0-9_]*")
_ROUTE = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)?")
_TOGETHER = re.compile(r"[1-9][0-9]?|[1-4][0-9]{2}|500")
_NEAR = 1e-4
"""So much shares may miss 1 by."""
_WIDEST = 100
"""So many medians may a ninetieth be: beyond that a few pieces of work would be most of it."""
_A_LENGTH = "a length, like '45 minutes', '1.5 hours' or '10 working days'"


def length_of(value: Any) -> tuple[float, bool] | None:
    """A length in seconds, and whether it is of working days (86,400 each); None: it is not one."""
    found = _LENGTH.fullmatch(value) if isinstance(value, str) else None
    return (float(found[1]) * _UNITS[found[2]], found[2] == "working day") if found else None


def time_of(value: Any, *, last: str | None = None) -> int | None:
    """The second of the day of a time like '16:00'; None: it is not one. `last` is '24:00' where the day's end is one."""
    if not isinstance(value, str):
        return None
    found = _TIME.fullmatch(value)
    return int(found[1]) * 3_600 + int(found[2]) * 60 if found else 86_400 if value == last else None


def spans_of(value: Any) -> tuple[tuple[int, int], ...] | None:
    """The spans of a day ('09:00-12:30, 13:00-17:00'; 'closed'; 'all day'), in seconds of it; None: it is not that."""
    if not isinstance(value, str):
        return None
    if value in ("closed", "all day"):
        return () if value == "closed" else ((0, 86_400),)
    spans: list[tuple[int, int]] = []
    for part in value.split(","):
        opens, _, shuts = part.strip(" ").partition("-")
        start, end = time_of(opens), time_of(shuts, last="24:00")
        if start is None or end is None or not (spans[-1][1] if spans else 0) <= start < end:
            return None
        spans.append((start, end))
    return tuple(spans)


def _length(value: Any) -> str | None:
    return None if length_of(value) else f"must be {_A_LENGTH}"


def _elapsed(value: Any) -> str | None:
    """A length of time as it passes, more than none."""
    found = length_of(value)
    return None if found and found[0] and not found[1] else "must be time as it passes, like '24 hours' or '3 days'"


def _whole_days(value: Any) -> str | None:
    ok = isinstance(value, str) and re.fullmatch(r"(0|[1-9][0-9]{0,3}) (day|week)s?", value)
    return None if ok else "must be whole days or weeks, like '26 weeks'"


def _spans(value: Any) -> str | None:
    return None if spans_of(value) is not None else (
        "must be hours in order, like '09:00-12:30, 13:00-17:00', or 'closed', or 'all day'; a night is two: "
        "'00:00-08:00, 20:00-24:00'"
    )  # fmt: skip


def _moment(value: Any) -> str | None:
    return "must be a time of day, like '16:00'" if time_of(value) is None else None


def _day(value: Any) -> str | None:
    ok = isinstance(value, date) and not isinstance(value, datetime)
    return None if ok else "must be a date without quotes, like 2015-04-01"


def _is_number(value: Any, most: float) -> bool:
    """NaN is none, nor is a truth value."""
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= most


def _number(most: int) -> reading.Check:
    return lambda value: None if _is_number(value, most) else f"must be a number from 0 to {most:,}"


def _share(value: Any) -> str | None:
    return None if _is_number(value, 1) else "must be a share from 0 to 1"


def _absence(value: Any) -> str | None:
    return None if _is_number(value, 0.99) else "must be a share from 0 to 0.99: somebody has to be there at times"


def _whole(least: int, most: int) -> reading.Check:
    def check(value: Any) -> str | None:
        ok = isinstance(value, int) and not isinstance(value, bool) and least <= value <= most
        return None if ok else f"must be a whole number from {least} to {most:,}"

    return check


def _weights(many: int, of: str) -> reading.Check:
    def check(value: Any) -> str | None:
        ok = isinstance(value, list) and len(value) == many and all(_is_number(one, 1_000_000) for one in value)
        return None if ok and any(value) else f"must be a list of {many} numbers, 0 or more, {of}, not all of them 0"

    return check


def _shares(keys: re.Pattern[str], like: str, *, all_of_it: bool = False) -> reading.Check:
    """A table of shares that do not add up to more than 1; or to 1, where they are all there is."""

    def check(value: Any) -> str | None:
        if not isinstance(value, dict) or not value:
            return f"must be a table of shares, like {like}"
        odd = next((key for key in value if not keys.fullmatch(key)), None)
        if odd is not None:
            return f"speaks of {odd!r}: it must be a table of shares, like {like}"
        wrong = next((key for key, share in value.items() if _share(share)), None)
        if wrong is not None:
            return f"gives {wrong} the share {value[wrong]!r}: a share is a number from 0 to 1"
        return _adding_up(value.values(), "has shares that", all_of_it)

    return check


def _adding_up(shares: Any, what: str, all_of_it: bool) -> str | None:
    total = math.fsum(shares)
    if total > 1 + _NEAR or (all_of_it and total < 1 - _NEAR):
        return f"{what} add up to {total:.4g}, {'not to 1' if all_of_it else 'more than 1'}"
    return None


def _event(value: Any) -> str | None:
    ok = isinstance(value, str) and _EVENT.fullmatch(value)
    return None if ok else "must be a workflow and one of its own, like 'contact.receive'"


def _each(pattern: re.Pattern[str], not_what: str) -> reading.Check:
    """A list of texts of which each is such a name."""

    def check(value: Any) -> str | None:
        wrong = texts(value)
        odd = [] if wrong else [one for one in value if not pattern.fullmatch(one)]
        return wrong or (f"names {odd[0]!r}, which is not {not_what}" if odd else None)

    return check


_events = _each(_EVENT, "a workflow and one of its own, like 'contact.received'")
_names = _each(_NAMED, "a name: small letters, digits and _")


def _name(value: Any) -> str | None:
    return None if isinstance(value, str) and _NAMED.fullmatch(value) else "must be a name: small letters, digits and _"


_DURATIONS = ({"mean"}, {"median", "ninetieth"}, {"from", "to"}, {"bands"})
_TWO_UNITS = "counts in working days and in other time at once: use one"


def _duration(value: Any) -> str | None:
    like = (
        "must be a length ('45 minutes'), or { mean = '1 hour' }, { median = '40 minutes', ninetieth = '2 hours' }, "
        "{ from = '1 day', to = '3 days' } or { bands = [{ to = '10 working days', share = 0.2 }, ...] }"
    )
    if isinstance(value, str):
        return _length(value) and like
    if not isinstance(value, dict) or set(value) not in _DURATIONS:
        return like
    if "bands" in value:
        return _bands(value["bands"])
    lengths = {key: length_of(one) for key, one in value.items()}
    odd = next((key for key, one in lengths.items() if one is None), None)
    if odd is not None:
        return f"gives {odd} as {value[odd]!r}, which is not {_A_LENGTH}"
    found = {key: one for key, one in lengths.items() if one}
    if len({working for _, working in found.values()}) > 1:
        return _TWO_UNITS
    if "median" in found and not 0 < found["median"][0] < found["ninetieth"][0] <= _WIDEST * found["median"][0]:
        return f"must have a median above 0 and a ninetieth above that (nine in ten take no longer), of up to {_WIDEST} medians"
    if "from" in found and found["from"][0] > found["to"][0]:
        return "goes from a longer length to a shorter: turn them round"
    return None


def _bands(value: Any) -> str | None:
    like = (
        "has bands that are not like [{ to = '10 working days', share = 0.2 }, { to = '45 working days', share = 0.8 }]"
    )
    if (
        not isinstance(value, list)
        or not value
        or not all(isinstance(one, dict) and set(one) == {"to", "share"} for one in value)
    ):
        return like
    ends = [length_of(one["to"]) for one in value]
    known = [one for one in ends if one]
    if len(known) < len(ends) or any(_share(one["share"]) for one in value):
        return like
    if len({working for _, working in known}) > 1:
        return _TWO_UNITS
    if any(b[0] <= a[0] for a, b in zip(((0.0, False), *known), known, strict=False)):
        return "must have bands in order, each ending later than the one before"
    return _adding_up((one["share"] for one in value), "has bands whose shares", True)


def _tables(value: Any) -> str | None:
    ok = isinstance(value, list) and 0 < len(value) <= 100 and all(isinstance(one, dict) for one in value)
    return None if ok else "must be tables, at most 100, like [[tasks.screen.for]]"


CASE: reading.Shape = {
    "sources": _names, "priorities": _names, "chance": _share, "effort": _duration, "wait": _duration,
    "out_of_hours": _name, "does": _shares(_ROUTE, '{ "contact.refer" = 0.3, "contact.close" = 0.7 }'), "note": text,
}  # fmt: skip
"""What an item of [[tasks.x.for]] may say."""
SHAPE: reading.Shape = {
    "title": text, "about": text, "starts": _day, "ends": _day, "priorities": _names, "warm_up": _whole_days, "demand": _number(100),
    "local": texts, "guidance": _name, "known_by": _events, "cautions": texts, "notes": texts,
    "rotas": {NAME: {**dict.fromkeys((*WEEK, "weekdays", "weekends", "every_day", "bank_holidays"), _spans), "note": text}},
    "teams": {NAME: {
        "title": text, "role": _name, "rota": _name, "staff": _whole(0, 10_000), "absence": _absence, "cap": _whole(0, 250),
        "note": text,
    }},
    "sources": {NAME: {
        "title": text, "per_year": _number(1_000_000), "begins": _event, "code": text, "role": _name, "known": _share, "note": text,
        "by_weekday": _weights(7, "a day from Monday"), "by_hour": _weights(24, "an hour from midnight"),
        "by_month": _weights(12, "a month from January"), "on_bank_holidays": _number(100),
        "batch": _shares(_TOGETHER, "{ 1 = 0.8, 3 = 0.2 }, of 500 at most", all_of_it=True),
        "priority": _shares(_NAMED, "{ urgent = 0.1, routine = 0.9 }", all_of_it=True),
    }},
    "tasks": {NAME: {"title": text, "team": _name, "in": _events, "after": _events, "held": flag,
                     **{key: check for key, check in CASE.items() if key not in ("sources", "priorities")}, "for": _tables}},
    "policies": {
        "check": {"on": flag, "at": _moment, "helped_by": {NAME: _name}, "note": text},
        "ageing": {"on": flag, "after": _elapsed, "note": text},
        "vetting": {"on": flag, "share": _share, "sources": _names, "of": _events, "note": text},
        "signposting": {"on": flag, "share": _share, "to": _event, "of": _events, "note": text},
    },
}  # fmt: skip
"""What a scenario may say: a check for each word, or the words of a table."""
