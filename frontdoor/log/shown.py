"""What all may read of details that are sealed: the codes that stay in the open, and a text in place of each that does not.

Everything that decides anything stays in the open: that a detail was given, which is all that the rules ask; what the desk
says of its own deadlines and breaches; what a correction says of times, names and roles. No rule, guard or timer reads more. So do
the details of `CLEAR`, by which people count, as long as the value is a code: of those that have a list of their own (a source is a
code of the census, seen_alone is yes or no) one that is on it, be it a text or a number; of the others a short number, or one short
word of letters, digits and '.', '_', '/', '-'. A workflow declares which details it needs, and no list of their values; so what is
not plainly a code is sealed, a name with a blank in it, a number as long as a telephone's, a sentence. A name typed as a team in one
word ('Whitlock', 'Ada-Whitlock') still looks like one.
"""

from __future__ import annotations

__all__ = [
    "CLEAR",
    "GONE",
    "NOT_GIVEN",
    "NO_KEY",
    "Unreadable",
    "agrees",
    "fits",
    "is_withheld",
    "lacks_key",
    "marked",
    "read",
    "words",
]

import re
from collections.abc import Iterator, Mapping
from typing import Any

from frontdoor.event import Draft, is_given, is_own

CLEAR = {
    "source": "the census's code of who sent it: measures, calibration and --only count by it",
    "team": "whose work it is: reports, calibration and --only count by it",
    "priority": "how urgent it is: calibration and --only count by it",
    "seen_alone": "yes or no: whether visits were what guidance asks for is measured by it",
    "child_seen": "yes or no: as seen_alone",
    "referrals_in_12_months": "a number that the source states, beside which the audit puts the one it counts",
}
"""The details that are not sealed where they are codes, and why: what people must still be able to count by when the words are gone."""
_CODE = re.compile(r"(?!.*[0-9]{7})(?!(?:[^0-9]*[0-9]){9})(?=.{1,20}\Z)[A-Za-z0-9]+(?:[._/-][A-Za-z0-9]+)*")
"""What is taken for a code where a detail has no list of its own: a short word, a date; no number as long as a telephone's,
parted or not."""
_YES_OR_NO = re.compile(r"(?i:yes|no|y|n|true|false|t|f|1|0|unknown|u|9)")
_CODES = {
    "source": re.compile("[0-9]{1,2}[A-Za-z]?"),
    "seen_alone": _YES_OR_NO,
    "child_seen": _YES_OR_NO,
    "referrals_in_12_months": re.compile("[0-9]{1,3}"),
}
"""What a code is of the details that have a list of their own."""
_MARK: list[Any] = []
"""What stands in `shown` for a detail that is sealed; nothing that stays in the open is a list."""
NOT_GIVEN, NO_KEY, GONE = "(sealed)", "(its key is missing)", "(destroyed)"
"""What is read in place of a detail: no keys were given, the keys have none of its case, or that was destroyed."""


_MENDING = ("corrects", "becomes")
"""What a correction says by which others go on; of the details that an event then has, only which there are."""


class Unreadable(str):
    """What stands in place of a detail that cannot be read: a text that says why, and is no other detail's."""

    __slots__ = ("of",)
    of: str

    def __new__(cls, why: str, of: str = "") -> Unreadable:
        made = super().__new__(cls, why)
        made.of = of
        return made

    def __reduce__(self) -> tuple[type[Unreadable], tuple[str, str]]:
        return Unreadable, (str(self), self.of)

    def __eq__(self, other: object) -> bool:
        return super().__eq__(other) if not isinstance(other, Unreadable) else self.of == other.of

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


def lacks_key(said: Mapping[str, Any]) -> bool:
    """Whether of details, as they were read, some were not because the keys have none of the case, which may yet be brought back."""
    return _has_unread(said, NO_KEY)


def is_withheld(said: Mapping[str, Any]) -> bool:
    """Whether of details, as they were read, some were not because no keys were given."""
    return _has_unread(said, NOT_GIVEN)


def _has_unread(said: Mapping[str, Any], why: str) -> bool:
    return any(isinstance(value, Unreadable) and str(value) == why for value in said.values())


def agrees(said: object, kept: object) -> bool:
    """Whether something that is said now may be what was kept: of a detail that cannot be read, anything that says something."""
    if isinstance(kept, Unreadable):
        return is_given(said)
    if isinstance(said, Mapping) and isinstance(kept, Mapping):
        return said.keys() == kept.keys() and all(agrees(said[name], kept[name]) for name in said)
    return said == kept


def marked(draft: Draft, clear: frozenset[str]) -> dict[str, Any] | None:
    """The details of an event as all may read them, each that is to be sealed marked; None where none is."""
    if not draft.case_id:
        return None
    said, own = draft.details, is_own(draft.event)
    if not own:
        shown = {name: _shown(name, value, clear) for name, value in said.items()}
        return shown if any(value is _MARK for value in shown.values()) else None
    if draft.event.partition(".")[2] != "corrected":
        return None
    shown = {name: value if name in _MENDING else _shown(name, value, clear) for name, value in said.items()}
    becomes = said.get("becomes")
    if isinstance(becomes, Mapping) and isinstance(becomes.get("details"), Mapping):
        inner = {name: _shown(name, value, clear) for name, value in becomes["details"].items()}
        shown["becomes"] = {**becomes, "details": inner}
    return shown


def _shown(name: str, value: object, clear: frozenset[str]) -> object:
    is_open = not is_given(value) or (name in clear and _is_code(name, value))
    return value if is_open else _MARK


def _is_code(name: str, value: object) -> bool:
    """Whether a value can be left in the open: it is a code, and says nothing in somebody's own words."""
    text = str(value) if isinstance(value, (int, float)) else value
    if not isinstance(text, str) or isinstance(text, Unreadable):
        return False
    return _CODES.get(name, _CODE).fullmatch(text) is not None


def words(event: Draft, clear: frozenset[str]) -> list[object]:
    """Everything that an event says and that is to be sealed, as it can be read."""
    return list(_words(marked(event, clear) or {}, event.details))


def _words(shown: Mapping[str, Any], said: Mapping[str, Any]) -> Iterator[object]:
    for name, value in shown.items():
        if value is _MARK:
            yield said[name]
        elif name == "becomes" and isinstance(value, Mapping) and isinstance(value.get("details"), Mapping):
            yield from _words(value["details"], said[name]["details"])


def read(shown: Mapping[str, Any], why: str, of: str) -> dict[str, Any]:
    """Shown details, with a text in place of each mark."""
    found = {name: Unreadable(why, f"{of} {name}") if value == _MARK else value for name, value in shown.items()}
    becomes = found.get("becomes")
    if isinstance(becomes, Mapping) and isinstance(becomes.get("details"), Mapping):
        found["becomes"] = {**becomes, "details": read(becomes["details"], why, f"{of} becomes")}
    return found


def fits(shown: object, said: object) -> bool:
    """Whether what all may read of details is what the details say."""
    if shown == _MARK:
        return is_given(said)
    if isinstance(shown, Mapping) and isinstance(said, Mapping):
        return shown.keys() == said.keys() and all(fits(shown[name], said[name]) for name in shown)
    return shown == said
