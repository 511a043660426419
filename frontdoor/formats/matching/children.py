"""Which case ids of several sources are one child's."""

from __future__ import annotations

__all__ = ["Children", "same_children"]

import re
from collections.abc import Iterable, Sequence

import attrs

_FLOAT = re.compile(r"(\d+)\.0+")


@attrs.frozen
class Children:
    """The children of all sources, numbered from 0 in the order in which they are first met."""

    numbers: tuple[dict[str, int], ...] = attrs.field(repr=False)
    """For each source the number of each of its case ids."""
    names: tuple[str, ...]
    """The case id of each: that of the first source that knows it."""
    zeros: tuple[str, ...]
    """Ids that were matched without their leading zeros, as 'A as B'."""
    unclear: tuple[str, ...]
    """Ids that were not, or not whatever their case, for in one source they are several children's."""

    def notes(self) -> list[str]:
        """What is to be known of the matching, in sentences."""
        found = []
        if self.zeros:
            found.append(
                f"Case ids were matched without their leading zeros ({_some(self.zeros)}): no source has an id both with and without."
            )
        if self.unclear:
            found.append(
                "Case ids that differ only in capitals, leading zeros or a decimal point were kept apart where one source has "
                f"several of them: {_some(self.unclear)}."
            )
        return found


def same_children(ids: Sequence[Sequence[str]]) -> Children:
    """Match the distinct case ids of each source.

    A spelling is looked through only where no source has two ids that differ in nothing else: there they are two children.
    """
    spelt: dict[str, list[set[str]]] = {}
    for n, texts in enumerate(ids):
        for text in texts:
            spelt.setdefault(_without_zeros(_plain(text)), [set() for _ in ids])[n].add(text)
    key: dict[str, tuple[str, ...]] = {}
    zeros, unclear = [], []
    for loose, texts_by_source in spelt.items():
        every = sorted(set().union(*texts_by_source))
        if _one_each(texts_by_source):
            key |= dict.fromkeys(every, ("", loose))
            plain = sorted({_plain(text) for text in every})
            if len(plain) > 1:
                zeros.append(" as ".join(plain))
            continue
        if sum(map(bool, texts_by_source)) > 1:
            unclear.append(", ".join(every))
        for text in every:
            plainly = [{other for other in texts if _plain(other) == _plain(text)} for texts in texts_by_source]
            key[text] = ("plain", _plain(text)) if _one_each(plainly) else ("text", text)
    found: dict[tuple[str, ...], int] = {}
    names: list[str] = []
    numbers: list[dict[str, int]] = []
    for texts in ids:
        for text in texts:
            if key[text] not in found:
                found[key[text]] = len(names)
                names.append(text)
        numbers.append({text: found[key[text]] for text in texts})
    return Children(tuple(numbers), tuple(names), tuple(zeros), tuple(unclear))


def _plain(text: str) -> str:
    text = text.strip().casefold()
    number = _FLOAT.fullmatch(text)
    return number[1] if number else text


def _without_zeros(text: str) -> str:
    return text.lstrip("0") or "0" if text.isascii() and text.isdigit() else text


def _one_each(texts_by_source: Iterable[set[str]]) -> bool:
    return all(len(texts) <= 1 for texts in texts_by_source)


def _some(texts: Sequence[str]) -> str:
    more = f" and {len(texts) - 3} more" if len(texts) > 3 else ""
    return "; ".join(texts[:3]) + more
