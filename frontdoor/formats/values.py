"""What a cell says: an id, a date, yes or no, a text - after spreadsheets and databases have been at it.

- A time of midnight is a date alone: databases write 00:00:00 where only the day was entered.
- Dates are read day first (dd/mm/yyyy), never guessed.
- 1 January 1900 and the days before it are what spreadsheets and databases make of an empty cell. Any other day of 1899
  or 1900, and one in 2090 or later, is no day that something happened.
"""

from __future__ import annotations

__all__ = [
    "LONGEST", "NFA_WORDS", "NO_DATE", "ODD", "SEEN_WORDS", "coded_source", "flag", "ident", "key", "plain", "when",
]  # fmt: skip

import re
from collections.abc import Mapping
from datetime import date, datetime, time, timedelta
from functools import lru_cache

from frontdoor.errors import MomentError
from frontdoor.formats.cells import restored
from frontdoor.moment import LONDON, Happened, Span, bounds, parse

LONGEST = 32_767
"""Characters that a cell of a spreadsheet can hold; longer text is no record's."""
_EMPTY = frozenset(
    ["", "#n/a", "#ref!", "#value!", "#name?", "#div/0!", "#num!", "#null!", "null", "(null)", "none", "nan", "nat", "n/a",
     "na", "-", "--"]
)  # fmt: skip
_SPACE = str.maketrans(dict.fromkeys("\xa0\u2007\u202f\t\r\n\x0b\x0c", " ") | dict.fromkeys("\u200b\ufeff", ""))
ODD = re.compile(r"[\x00-\x08\x0e-\x1f\x7f\ud800-\udfff]")
_POINT_ZERO = re.compile(r"(\d+)\.0+")
_ROUNDED = re.compile(r"\d(?:\.\d+)?[Ee]\+?\d+")
_MIDNIGHT = re.compile(r"(.{8,10})[T ]00:00(?::00(?:[.,]0+)?)?Z?")
_DAY_FIRST = re.compile(r"(\d{1,2})[-./](\d{1,2})[-./](\d{4})(.*)", re.ASCII | re.DOTALL)
_SHORT_YEAR = re.compile(r"\d{1,2}[-./]\d{1,2}[-./]\d{2}", re.ASCII)
NO_DATE = (date(1899, 12, 30), date(1899, 12, 31), date(1900, 1, 1))
_FIRST_SERIAL, _LAST_SERIAL = 18_264, 69_397  # 1950 and 2089 as spreadsheets count days
_YES = frozenset(["yes", "y", "true", "t", "1", "1 - yes", "a) yes", "a. yes", "a yes", "a)"])
_NO = frozenset(["no", "n", "false", "f", "0", "0 - no", "b) no", "b. no", "b no", "b)"])
_UNKNOWN = frozenset(["unknown", "c) unknown", "c. unknown", "c)", "u", "not known", "not recorded", "9"])
NFA_WORDS: Mapping[str, bool | None] = {"nfa": True, "no further action": True, "fa": False, "further action": False}
SEEN_WORDS: Mapping[str, bool | None] = {
    "child seen": True, "child seen alone": True, "seen": True, "seen alone": True, "child not seen": False,
    "child not seen alone": None, "not seen": False, "not seen alone": None, "unborn": False,
}  # fmt: skip
"""Not seen alone says nothing of whether the child was seen."""
_SOURCE = re.compile(
    r"(?:[a-z]\d?\)\s*)?(10|[1-5][A-F]|[46789])(?:\s*[:\-\u2013\u2014].*|\s+(?:housing|police|other|anonymous|unknown).*"
    r"|(?<=[A-F])\s.*|)", re.IGNORECASE | re.DOTALL,
)  # fmt: skip


def plain(value: object) -> str:
    """A cell's text: whole numbers without a point, odd spaces as spaces, '' for what stands for nothing (#N/A, NULL)."""
    if isinstance(value, str):
        return _known(value) if len(value) < 50 else _plain(value)
    if value is None:
        return ""
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e18:
        return str(int(value))
    return str(value)


def _plain(value: str) -> str:
    text = restored(value).translate(_SPACE).strip()
    return "" if len(text) < 8 and text.lower() in _EMPTY else text


_known = lru_cache(maxsize=1 << 16)(_plain)


def key(value: object) -> str:
    """A cell's text as an id: a whole number without a point, as ids become beside empty cells (9212044.0)."""
    said = plain(value)
    whole = _POINT_ZERO.fullmatch(said)
    return whole[1] if whole else said


def ident(value: object) -> str:
    """What a cell says an id is, as people write it: 9212044.0 is 9212044.

    Raises:
        ValueError: it is none; the message says why.
    """
    if isinstance(value, bool | date | datetime | time | timedelta):
        raise ValueError("is a date or a truth value, not an id: give the column the format Text.")
    said = key(value)
    if not said:
        raise ValueError("is empty.")
    if (isinstance(value, float) and abs(value) >= 1e15) or _ROUNDED.fullmatch(said):
        raise ValueError(
            "is a number too long for a spreadsheet, which has rounded it: give the column the format Text."
        )
    if len(said) > 200:
        raise ValueError("is longer than 200 characters: that is no id.")
    if ODD.search(said):
        raise ValueError("holds characters that no id has (NUL, control or half characters).")
    return said


def flag(text: str) -> bool | None:
    """Yes, no, or not known.

    Raises:
        ValueError: it is none of these.
    """
    said = " ".join(text.lower().split())
    if said in _YES:
        return True
    if said in _NO:
        return False
    if not said or said in _UNKNOWN:
        return None
    raise ValueError("is neither yes nor no.")


def coded_source(text: str) -> str:
    """Who made a contact or referral, by the census's code where the text says it ('q) 6: Police' is '6')."""
    found = _SOURCE.fullmatch(text)
    return found[1].upper() if found else text


def when(value: object) -> Happened | None:
    """When a cell says something happened; None where it says nothing.

    Raises:
        MomentError: it says something that is no day; `.why` says why.
    """
    if value is None or value == "":
        return None
    if isinstance(value, date):
        return _when(value.isoformat())
    if isinstance(value, int | float) and not isinstance(value, bool):
        return _serial(float(value))
    if not isinstance(value, str):
        raise MomentError(str(value), "is no date: write 16/09/2020.")
    return _when(plain(value)[:100])


def _serial(number: float) -> Happened | None:
    """A day as spreadsheets count them, or 20200916."""
    if number in (0, 1):
        return date(1900, 1, 1)
    if 19_000_101 <= number <= 21_991_231 and number.is_integer():
        return _when(str(int(number)))
    if not _FIRST_SERIAL <= number < _LAST_SERIAL:
        raise MomentError(plain(number), "is a number and no date: write 16/09/2020.")
    return _when((datetime(1899, 12, 30) + timedelta(days=int(number), seconds=round(number % 1 * 86_400))).isoformat())


@lru_cache(maxsize=1 << 16)
def _when(text: str) -> Happened | None:
    if not text:
        return None
    midnight = _MIDNIGHT.fullmatch(text)
    said = midnight[1] if midnight else text
    british = _DAY_FIRST.fullmatch(said)
    if british:
        if int(british[1]) <= 12 < int(british[2]) <= 31:
            right = f"{british[2]}/{british[1]:>02}/{british[3]}"
            raise MomentError(
                text, f"has no month {british[2]}: dates are read day first. Write {right} if that is meant."
            )
        said = "{}/{}/{}{}".format(*british.groups())
    if _SHORT_YEAR.fullmatch(said):
        raise MomentError(text, "has a year of two figures: write all four.")
    found = parse(said)
    if isinstance(found, Span):
        raise MomentError(text, "is not one date.")
    if isinstance(found, datetime):
        local = found.astimezone(LONDON)
        found = local.date() if local.time() == time() else found
    day = found.astimezone(LONDON).date() if isinstance(found, datetime) else found
    if day not in NO_DATE and (day.year in (1899, 1900) or day.year >= 2090):
        raise MomentError(text, f"lies in {day.year}, as systems write for no date: correct it, or leave it empty.")
    bounds(found)
    return day if day in NO_DATE else found
