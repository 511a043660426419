"""Dates as somebody's system writes them: 'dd/mm/yyyy hh:mm', said in a mapping, never guessed."""

from __future__ import annotations

__all__ = ["DateFormat"]

import re
from calendar import month_abbr, month_name
from datetime import datetime

import attrs

_PARTS = re.compile(r"[dD]+|[mM]+|[yY]+|[hH]+|[sS]+|\[|\]|[^a-zA-Z\[\]]|T")
_DIGITS = {
    "d": "day",
    "dd": "day",
    "yyyy": "year",
    "yy": "short_year",
    "h": "hour",
    "hh": "hour",
    "s": "second",
    "ss": "second",
}
_MONTHS = {name.lower(): number for names in (month_name, month_abbr) for number, name in enumerate(names) if name} | {
    "sept": 9
}
_ADVICE = "write it as dd/mm/yyyy, mm/dd/yyyy, yyyy-mm-dd, d mmm yyyy, with [ hh:mm[:ss]] where a time may follow"


@attrs.frozen
class DateFormat:
    """A way of writing dates: d or dd, m or mm (after an hour: minutes), mmm (a month's name), yy or yyyy, hh, ss; what
    stands in [brackets] may be missing. A year of two digits is one from 1950 to 2049."""

    written: str
    pattern: re.Pattern[str] = attrs.field(init=False, repr=False, eq=False)

    @pattern.default
    def _compiled(self) -> re.Pattern[str]:
        return re.compile(_pattern(self.written), re.IGNORECASE | re.ASCII)

    @staticmethod
    def wrong_with(written: str) -> str | None:
        """What is wrong with a format, in words, or None."""
        try:
            pattern = re.compile(_pattern(written))
        except ValueError as error:
            return f"is no way of writing dates ({error}): {_ADVICE}"
        missing = [name for name in ("day", "month") if name not in pattern.groupindex]
        missing += [] if {"year", "short_year"} & set(pattern.groupindex) else ["year"]
        return f"has no {missing[0]}: {_ADVICE}" if missing else None

    def iso(self, text: str) -> str | None:
        """The text in ISO 8601, a date or a wall time; None if it is not written so, or there is no such day."""
        found = self.pattern.fullmatch(" ".join(text.split()))
        if not found:
            return None
        said = found.groupdict()
        month = said["month"].lower().rstrip(".")
        short = said.get("short_year")
        year = (1900 if int(short) >= 50 else 2000) + int(short) if short else int(said["year"])
        hour, minute, second = (int(said.get(name) or 0) for name in ("hour", "minute", "second"))
        try:
            at = datetime(year, _MONTHS.get(month) or int(month), int(said["day"]), hour, minute, second)
        except ValueError:
            return None
        return at.isoformat() if said.get("hour") else at.date().isoformat()


_WORDS = rf"(?:{'|'.join(sorted(map(re.escape, _MONTHS), key=len, reverse=True))})\.?"
_WIDTHS = {"year": r"\d{4}", "short_year": r"\d{2}", "minute": r"\d{2}", "second": r"\d{2}"}


def _pattern(written: str) -> str:
    """The pattern of a format.

    Raises:
        ValueError: something in it stands for nothing, or twice.
    """
    whole = " ".join(written.split())
    parts = _PARTS.findall(whole)
    if "".join(parts) != whole:
        odd = re.findall(r"[a-zA-Z]+", _PARTS.sub(" ", whole))
        raise ValueError(f"{odd[0]!r} stands for nothing")
    pattern, depth, seen = "", 0, set[str]()
    for before, part, after in zip(["", *parts], parts, [*parts[1:], ""], strict=False):
        if part in "[]":
            depth += 1 if part == "[" else -1
            pattern += "(?:" if part == "[" else ")?"
            if depth < 0:
                raise ValueError("a bracket is closed that was not opened")
        elif not part.isalpha() or part == "T":
            pattern += re.escape(part)
        else:
            name = _named(part, seen)
            if depth and name not in ("hour", "minute", "second"):
                raise ValueError(f"the {name} cannot be missing")
            touches = before.isalpha() or after.isalpha()  # ddmmyyyy: each has all its digits
            width = _WIDTHS.get(name, r"\d{2}" if touches else r"\d{1,2}")
            pattern += f"(?P<{name}>{_WORDS if len(part) > 2 and name == 'month' else width})"
    if depth:
        raise ValueError("a bracket is never closed")
    return pattern


def _named(part: str, seen: set[str]) -> str:
    """What some letters stand for; `seen` is what has been named before them."""
    small = part.lower()
    if small in ("m", "mm"):
        name = "minute" if "hour" in seen else "month"
    else:
        name = "month" if small in ("mmm", "mmmm") else _DIGITS.get(small, "")
    if not name:
        raise ValueError(f"{part!r} stands for nothing")
    if name in seen:
        raise ValueError(f"the {name.replace('_', ' ')} stands twice")
    seen.add(name)
    return name
