"""The words of a mapping file, and what each may say; `workflows/schema/mapping.schema.json` says the same to editors."""

from __future__ import annotations

__all__ = ["ALL", "NAME", "SHAPE", "WHO"]

import re
from typing import Any

from frontdoor import reading
from frontdoor.formats.date_format import DateFormat
from frontdoor.reading import flag, text, texts

NAME = re.compile(r"[a-z][a-z0-9_]*")
_EVENT = re.compile(r"[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*")
_DELIMITER = re.compile(r'[^"\r\n\x00 A-Za-z0-9]')
_ENCODINGS = ("utf-8", "utf-16", "cp1252", "latin-1")
ALL = "all"
"""Said of transitions: every one."""


def _columns(value: Any) -> str | None:
    wrong = text(value) if isinstance(value, str) else texts(value)
    return wrong and 'must be the name of a column, or a list of them, like ["Date", "Time"]'


def _event(value: Any) -> str | None:
    ok = isinstance(value, str) and _EVENT.fullmatch(value)
    return None if ok else "must be a workflow and a transition, like 'referral.receive'"


def _events(value: Any) -> str | None:
    if value == ALL:
        return None
    return texts(value) or next((wrong for one in value if (wrong := _event(one))), None)


def _name(value: Any) -> str | None:
    return None if isinstance(value, str) and NAME.fullmatch(value) else "must be a name: small letters, digits and _"


def _number(value: Any) -> str | None:
    ok = isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= 1000
    return None if ok else "must be a whole number from 0 to 1000"


def _encoding(value: Any) -> str | None:
    return None if value in _ENCODINGS else f"must be one of {', '.join(_ENCODINGS)}"


def _delimiter(value: Any) -> str | None:
    ok = isinstance(value, str) and _DELIMITER.fullmatch(value)
    return None if ok else 'must be the one character between cells, like ";" or "\\t"'


def _format(value: Any) -> str | None:
    if not isinstance(value, str):
        return "must be text in quotes, like 'dd/mm/yyyy hh:mm'"
    return DateFormat.wrong_with(value)


WHO: reading.Shape = dict.fromkeys(("recorded_at", "actor", "role", "episode", "family"), _columns)
_DETAILS: reading.Shape = {"*": _columns}
SHAPE: reading.Shape = {
    "title": text, "about": text, "encoding": _encoding, "delimiter": _delimiter, "date_format": _format,
    "lines_above": _number, "empty": texts, "ignores": texts,
    "columns": {"case_id": _columns, "event": _columns, "happened_at": _columns, **WHO},
    "details": _DETAILS,
    "constants": {"event": _event, "actor": text, "role": _name, "episode": text, "family": text},
    "events": {"*": _event},
    "roles": {"*": _name},
    "dates": {"*": {"event": _event, "event_in": _columns, **WHO, "details": _DETAILS}},
    "carries": {"transitions": _events, "roles": flag, "details": texts, "logged": flag},
}  # fmt: skip
"""What a mapping file may say: a check for each word, or the words of a table; '*' is any."""
