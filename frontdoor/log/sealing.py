"""Sealing: what people wrote of a case is kept under a key of the case's own, and is unreadable for ever once that is destroyed.

What stands in the log of sealed details is JSON with three members or four, under an empty salt:

    shown     every detail by its name; [] in place of each that is sealed
    digest    SHA-256( salt + newline + details ), of the details as they were given and a salt of their own, in hex
    by        the id of the keys, where they came after others that were lost; else there is no such member
    box       base64 of a nonce of 12 bytes and of salt + newline + details in ChaCha20-Poly1305 under the key of the case;
              its associated data: 'frontdoor details 1', log's id, event_id, case_id, joined by NUL

The chain covers that text as it stands, so that all of it, what a correction says of a time included, verifies without any
key and after every key is gone. `digest` binds the words themselves: nobody can later bring another key that opens a box to
other words. Its salt is in the box, so that words cannot be guessed back from it either.

Everything that decides anything stays in the open: that a detail was given, which is all that the rules ask; what the desk
says of its own deadlines and breaches; what a correction says of times, names and roles. No rule, guard or timer reads more. So do
the details of `CLEAR`, by which people count, as long as the value is a code: of those that have a list of their own (a source is a
code of the census, seen_alone is yes or no) one that is on it; of the others a short number, or one short word of letters, digits and
'.', '_', '/', '-'. A workflow declares which details it needs, and no list of their values; so what is not plainly a code is sealed,
a name with a blank in it, a number as long as a telephone's, a sentence. A single name typed as a team still looks like one.

By this rule details are sealed; opened they are by what stands beside the box, so that those sealed by an earlier rule open as well.
"""

from __future__ import annotations

__all__ = [
    "CLEAR",
    "GONE",
    "NOT_GIVEN",
    "NO_KEY",
    "Destroyed",
    "Keys",
    "Sealing",
    "Unreadable",
    "agrees",
    "came_back",
    "going_without",
    "is_without",
    "marked",
    "none_of",
    "sealed_by",
    "shown_text",
    "words",
]

import base64
import json
import os
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from hashlib import sha256
from typing import Any, NamedTuple, Protocol

import attrs

from frontdoor.errors import Busy, KeysError, LogTampered, MissingExtra
from frontdoor.event import Draft, details_digest, details_text, is_given, is_own

CLEAR = {
    "source": "the census's code of who sent it: measures, calibration and --only count by it",
    "team": "whose work it is: reports, calibration and --only count by it",
    "priority": "how urgent it is: calibration and --only count by it",
    "seen_alone": "yes or no: whether visits were what guidance asks for is measured by it",
    "child_seen": "yes or no: as seen_alone",
    "referrals_in_12_months": "a number that the source states, beside which the audit puts the one it counts",
}
"""The details that are not sealed where they are codes, and why: what people must still be able to count by when the words are gone."""
_CODE = re.compile(r"(?!.*[0-9]{7})(?=.{1,20}\Z)[A-Za-z0-9]+(?:[._/-][A-Za-z0-9]+)*")
"""What is taken for a code where a detail has no list of its own: a short word, a date; no number as long as a telephone's."""
_YES_OR_NO = re.compile(r"(?i:yes|no|y|n|true|false|t|f|1|0|unknown|u|9)")
_CODES = {
    "source": re.compile("[0-9]{1,2}[A-Za-z]?"),
    "seen_alone": _YES_OR_NO,
    "child_seen": _YES_OR_NO,
    "referrals_in_12_months": re.compile("[0-9]{1,3}"),
}
"""What a code is of the details that have a list of their own."""
_LARGEST = 1_000_000
"""From here on a number may say who somebody is."""
_MARK: list[Any] = []
"""What stands in `shown` for a detail that is sealed; nothing that stays in the open is a list."""
NOT_GIVEN, NO_KEY, GONE = "(sealed)", "(its key is missing)", "(destroyed)"
"""What is read in place of a detail: no keys were given, the keys have none of its case, or that was destroyed."""


_MENDING = ("corrects", "becomes")
"""What a correction says by which others go on; of the details that an event then has, only which there are."""


class Destroyed(NamedTuple):
    """What is left of a key: who destroyed it, when, and why."""

    at: str
    """A moment, as `event.stored` writes it."""
    by: str
    because: str


class Keys(Protocol):
    """Where the keys of the cases of a log are kept, which is not in the log."""

    @property
    def keys_id(self) -> str:
        """A UUID of these keys; empty where none was ever made."""

    @property
    def clear(self) -> frozenset[str]:
        """The names of the details that are not sealed where they are codes."""

    @property
    def mark(self) -> str:
        """What a box says of them: their id, where they came after others that were lost; empty of the first keys of a log."""

    def held(self, case_ids: Iterable[str]) -> Mapping[str, bytes | Destroyed]:
        """The keys of these cases, 32 bytes each, or what is left of them; without those that have none."""

    def made(self, case_ids: Iterable[str]) -> Mapping[str, bytes]:
        """The keys of these cases; those that have none are given one, which is on the disk when this returns.

        Raises:
            KeysError: a key was destroyed, or cannot be kept.
        """

    def destroy(self, case_id: str, gone: Destroyed) -> Destroyed:
        """Destroy the key of a case, so that it never has one again; what is left of it, which may be from before."""


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


_TROUBLE: ContextVar[list[str] | None] = ContextVar("frontdoor's trouble with keys", default=None)


@contextmanager
def going_without(trouble: str = "") -> Iterator[list[str]]:
    """Within it, in this thread, what is read does without the keys where they cannot be asked, and their words are as where a
    key is missing: for what words decide nothing of, as breaches. What is given holds in the end the one sentence that says why
    they could not be asked; nothing where they could. With a `trouble` they are not asked at all. One within another is one."""
    outer = _TROUBLE.get()
    if outer is not None and not trouble:
        yield outer
        return
    token = _TROUBLE.set(found := [trouble] if trouble else [])
    try:
        yield found
    finally:
        _TROUBLE.reset(token)


def is_without() -> bool:
    """Whether what is read here and now does without the keys."""
    return bool(_TROUBLE.get())


def agrees(said: object, kept: object) -> bool:
    """Whether something that is said now may be what was kept: of a detail that cannot be read, anything that says something."""
    if isinstance(kept, Unreadable):
        return is_given(said)
    if isinstance(said, Mapping) and isinstance(kept, Mapping):
        return said.keys() == kept.keys() and all(agrees(said[name], kept[name]) for name in said)
    return said == kept


def none_of(case_id: str, log: str) -> KeysError:
    """What is said where the keys of a log have none of a case whose details are sealed."""
    return KeysError(
        f"the keys of {log} have none of case {case_id!r}, whose details are sealed: they are an older copy; bring back the newest."
    )


def not_given(log: str) -> KeysError:
    """What is said where words would stand in the open beside sealed ones."""
    return KeysError(f"the details in {log} are sealed, and its keys were not given: open it with them.")


def other_keys(log: str) -> KeysError:
    """What is said where the keys that were given are not those that a log's details are sealed under."""
    return KeysError(f"the details in {log} are sealed by other keys than those that were given: open it with its own.")


def usable(held: Mapping[str, bytes | Destroyed]) -> dict[str, bytes]:
    """The keys of some cases, to seal words under.

    Raises:
        KeysError: one of them was destroyed.
    """
    keys = {}
    for case_id, key in held.items():
        if isinstance(key, Destroyed):
            raise KeysError(
                f"the details of case {case_id!r} were destroyed on {key.at[:10]} by {key.by}, and no more can be kept of it: "
                "record without words, or under another case."
            )
        keys[case_id] = key
    return keys


def came_back(case_id: str, log: str) -> KeysError:
    """What is said where the log says that the key of a case was destroyed, and the keys do not."""
    return KeysError(
        f"the details of case {case_id!r} were destroyed, and the keys of {log} do not say so: they are an older copy; bring back "
        "the newest, or destroy them again (frontdoor forget)."
    )


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
    if isinstance(value, (int, float)):
        return abs(value) < _LARGEST
    if not isinstance(value, str) or isinstance(value, Unreadable):
        return False
    return _CODES.get(name, _CODE).fullmatch(value) is not None


def words(event: Draft, clear: frozenset[str]) -> list[object]:
    """Everything that an event says and that is to be sealed, as it can be read."""
    return list(_words(marked(event, clear) or {}, event.details))


def _words(shown: Mapping[str, Any], said: Mapping[str, Any]) -> Iterator[object]:
    for name, value in shown.items():
        if value is _MARK:
            yield said[name]
        elif name == "becomes" and isinstance(value, Mapping) and isinstance(value.get("details"), Mapping):
            yield from _words(value["details"], said[name]["details"])


def _read(shown: Mapping[str, Any], why: str, of: str) -> dict[str, Any]:
    """Shown details, with a text in place of each mark."""
    read = {name: Unreadable(why, f"{of} {name}") if value == _MARK else value for name, value in shown.items()}
    becomes = read.get("becomes")
    if isinstance(becomes, Mapping) and isinstance(becomes.get("details"), Mapping):
        read["becomes"] = {**becomes, "details": _read(becomes["details"], why, f"{of} becomes")}
    return read


def _fits(shown: object, said: object) -> bool:
    """Whether what all may read of details is what the details say."""
    if shown == _MARK:
        return is_given(said)
    if isinstance(shown, Mapping) and isinstance(said, Mapping):
        return shown.keys() == said.keys() and all(_fits(shown[name], said[name]) for name in shown)
    return shown == said


class _Box(NamedTuple):
    shown: dict[str, Any]
    digest: str
    box: str
    by: str = ""


def _box(text: str, position: int) -> _Box:
    """What stands in a log of sealed details.

    Raises:
        LogTampered: it cannot be read.
    """
    try:
        said = json.loads(text)
        texts = [said["box"], said.get("by", "first")]
        is_whole = said.keys() - {"by"} == {"shown", "digest", "box"} and isinstance(said["shown"], dict)
        if is_whole and all(isinstance(text, str) and text for text in texts):
            return _Box(**said)
    except (TypeError, ValueError, KeyError, AttributeError, RecursionError):
        pass
    raise LogTampered(f"event {position} is not as it was recorded: it cannot be read.", position)


def shown_text(text: str, position: int) -> str:
    """Sealed details as they stand in a log, as details that anybody may read.

    Raises:
        LogTampered: they cannot be read.
    """
    return details_text(_read(_box(text, position).shown, NOT_GIVEN, ""))


def sealed_by(text: str, position: int) -> str:
    """What sealed details as they stand in a log say of the keys that they are sealed under, as `Keys.mark` has it.

    Raises:
        LogTampered: they cannot be read.
    """
    return _box(text, position).by


@attrs.frozen
class Sealing:
    """How the details of one log are sealed and read: under some keys, or none."""

    log_id: str
    keys: Keys | None = None

    def seal(self, drafts: Sequence[Draft]) -> list[str | None]:
        """What is to stand in the log of the details of each event; None where that is the details themselves.

        Raises:
            KeysError: the key of a case was destroyed, or cannot be kept.
        """
        if self.keys is None:
            return [None] * len(drafts)
        if not self.keys.keys_id and any(marked(draft, frozenset()) is not None for draft in drafts):
            self.keys.held(())  # which another process may have begun, with other names in the open
        shown = [marked(draft, self.keys.clear) for draft in drafts]
        wanted = {draft.case_id: None for draft, one in zip(drafts, shown, strict=True) if one is not None}
        if not wanted:
            return [None] * len(drafts)
        cipher = _cipher()
        keys = self.keys.made(wanted)
        return [
            None if one is None else self._sealed(draft, one, cipher(keys[draft.case_id]))
            for draft, one in zip(drafts, shown, strict=True)
        ]

    def _sealed(self, draft: Draft, shown: Mapping[str, Any], cipher: Any) -> str:
        random = os.urandom(28)
        nonce, salt = random[:12], random[12:].hex()
        details = details_text(draft.details)
        box = nonce + cipher.encrypt(nonce, f"{salt}\n{details}".encode(), self._about(draft.event_id, draft.case_id))
        mark = self.keys.mark if self.keys is not None else ""
        return details_text({
            "shown": shown, "digest": details_digest(salt, details), "box": base64.b64encode(box).decode(),
            **({"by": mark} if mark else {}),
        })  # fmt: skip

    def _about(self, event_id: str, case_id: str) -> bytes:
        return "\0".join(("frontdoor details 1", self.log_id, event_id, case_id)).encode()

    def held(self, case_ids: Iterable[str]) -> Mapping[str, bytes | Destroyed]:
        """The keys of some cases, or what is left of them."""
        wanted = set(case_ids)
        return self.keys.held(wanted) if self.keys is not None and wanted else {}

    def to_read(self, case_ids: Iterable[str]) -> Mapping[str, bytes | Destroyed]:
        """The same, to read by: none where they cannot be asked and it is gone on without them."""
        troubles = _TROUBLE.get()
        if troubles:
            return {}
        try:
            return self.held(case_ids)
        except (Busy, KeysError) as error:
            if troubles is None:
                raise
            troubles.append(str(error))
            return {}

    def details(
        self, text: str, position: int, event_id: str, case_id: str, held: Mapping[str, bytes | Destroyed]
    ) -> tuple[dict[str, Any], str]:
        """Sealed details as far as they can be read; and why they cannot, empty where they can.

        Raises:
            LogTampered: the box does not open by the key of its case, or holds other words than it was recorded with.
        """
        said = _box(text, position)
        key = self._key_of(said, case_id, held)
        if not isinstance(key, bytes):
            why = NOT_GIVEN if self.keys is None else NO_KEY if key is None else GONE
            return _read(said.shown, why, event_id), why
        return json.loads(self._plain(said, key, position, event_id, case_id).partition(b"\n")[2]), ""

    def plain(
        self, text: str, position: int, event_id: str, case_id: str, held: Mapping[str, bytes | Destroyed]
    ) -> tuple[str, str] | None:
        """What is in a box: the salt and the details as they were given, by which anybody can hold them to `digest`; None where
        they cannot be read.

        Raises:
            LogTampered: as `details`.
        """
        said = _box(text, position)
        key = self._key_of(said, case_id, held)
        if not isinstance(key, bytes):
            return None
        salt, _, details = self._plain(said, key, position, event_id, case_id).partition(b"\n")
        return salt.decode(), details.decode()

    def _key_of(self, said: _Box, case_id: str, held: Mapping[str, bytes | Destroyed]) -> bytes | Destroyed | None:
        """The key of a case, if it is of the keys that a box was sealed under; or what is left of it."""
        key = held.get(case_id)
        is_other = isinstance(key, bytes) and self.keys is not None and said.by != self.keys.mark
        return None if is_other else key

    def _plain(self, said: _Box, key: bytes, position: int, event_id: str, case_id: str) -> bytes:
        from cryptography.exceptions import InvalidTag

        try:
            box = base64.b64decode(said.box, validate=True)
            plain: bytes = _cipher()(key).decrypt(box[:12], box[12:], self._about(event_id, case_id))
            if sha256(plain).hexdigest() == said.digest and _fits(said.shown, json.loads(plain.partition(b"\n")[2])):
                return plain
        except (InvalidTag, ValueError):
            pass
        raise LogTampered(
            f"the details of event {position} do not open by the key of case {case_id!r}: they, or the key, are not those that "
            "they were recorded with.", position,
        )  # fmt: skip


def _cipher() -> Callable[[bytes], Any]:
    try:
        from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
    except ImportError:
        raise MissingExtra("Keeping details under keys", "cryptography", "prove") from None
    cipher: Callable[[bytes], Any] = ChaCha20Poly1305
    return cipher
