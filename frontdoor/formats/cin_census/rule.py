"""What a rule of the census is, and what the rules have in common: how they look at dates and at spells."""

from __future__ import annotations

__all__ = ["Broken", "Rule", "backwards", "dates", "ends", "late", "same_day", "starts", "there", "told", "too_early"]

from collections.abc import Callable, Iterable, Iterator
from datetime import date

import attrs

from frontdoor.formats.cin_census.record import Census, Child, Dated, Referral, Spell
from frontdoor.formats.source import Finding

Broken = Iterable[tuple[Dated, object]]
"""What breaks a rule, each with what it is at odds with."""


def _nothing(_: object, __: object) -> Broken:
    return ()


@attrs.frozen
class Rule:
    """One rule, judged referral by referral (`one`), over all that is said of a child (`child`), or over the whole file."""

    code: str
    says: str
    """A sentence: {on} is the date of the element, {other} what it is at odds with."""
    one: Callable[[Referral, Census], Broken] = _nothing
    child: Callable[[Child, Census], Broken] = _nothing
    whole: Callable[[Iterable[Child], Census], Broken] = _nothing

    def of_child(self, child: Child, census: Census) -> Iterable[Finding]:
        """What is found in all that is said of a child."""
        broken = [] if self.child is _nothing else [*self.child(child, census)]
        if self.one is not _nothing:
            for referral in child.referrals:
                broken += self.one(referral, census)
        return self._findings(child.case_id, broken) if broken else ()

    def of_all(self, children: Iterable[Child], census: Census) -> Iterator[Finding]:
        """What is found in the file as a whole: of no case."""
        return self._findings("", self.whole(children, census))

    def _findings(self, case_id: str, broken: Broken) -> Iterator[Finding]:
        severity = "warning" if self.code.endswith("Q") else "error"
        for (position, episode, event, on), other in broken:
            if on is not None:
                says = f"{self.says.format(on=on, other=other)} (children in need census, rule {self.code})"
                yield Finding(position, case_id, episode, event, on, self.code, severity, says)


def dates(elements: Iterable[Dated | None]) -> Iterator[tuple[Dated, date]]:
    """Those that can be read, each with its day."""
    return ((one, one.on) for one in elements if one is not None and one.on is not None)


def starts(spells: Iterable[Spell]) -> list[Dated | None]:
    """How each begins."""
    return [spell.start for spell in spells]


def ends(spells: Iterable[Spell]) -> list[Dated | None]:
    """How each ends."""
    return [spell.end for spell in spells]


def too_early(elements: Iterable[Dated | None], bound: Dated | None) -> Broken:
    """Those before another element, which they may not be before."""
    return [(one, first) for _, first in dates([bound]) for one, day in dates(elements) if day < first]


def late(elements: Iterable[Dated | None], last: date | None) -> Broken:
    """Those after a day, if there is one."""
    return [(one, last) for one, day in dates(elements) if last and day > last]


def backwards(spells: Iterable[Spell]) -> Broken:
    """The ends before their own start."""
    return [one for spell in spells for one in too_early([spell.end], spell.start)]


def same_day(spells: Iterable[Spell]) -> Broken:
    """The ends on the day of their own start."""
    return [(end, day) for spell in spells for end, day in dates([spell.end]) if spell.start and spell.start.on == day]


def there(spells: Iterable[Spell], referral: Referral) -> Broken:
    """One for each spell, about the first date in it that can be read, else about the first of the referral."""
    for spell in spells:
        own = list(dates([spell.start, spell.end, *spell.between]))[:1]
        yield from ((one, f"of {day}") for one, day in own or ())
        yield from () if own else told("without a date", referral)


def told(wrong: object, referral: Referral, *where: Dated | None) -> Broken:
    """If anything is wrong: that, about the first of `where` that can be read, else about the first date of the referral."""
    return [(one, wrong) for one, _ in list(dates([*where, *referral.dates]))[:1]] if wrong else []
