"""A scenario written as the TOML file that it is read from: as a person would lay it out, and no figure finer than it is known."""

from __future__ import annotations

__all__ = ["FIGURES", "rounded", "write_scenario"]

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from frontdoor.errors import MissingExtra

FIGURES = 4
"""To so many figures a number with a fraction is rounded; a larger one to a whole number."""
_SCHEMA = "#:schema ../workflows/schema/scenario.schema.json"
_HEADS = {
    "rotas": "when people work",
    "teams": "who works",
    "sources": "who tells us of children",
    "tasks": "what there is to do",
    "policies": "what a manager may switch",
}
_ORDER = (
    "title", "about", "starts", "ends", "priorities", "warm_up", "local", "guidance", "known_by", "cautions", "notes", *_HEADS,
    "on", "code", "begins", "role", "rota", "staff", "absence", "cap",
    "weekdays", "weekends", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday", "every_day",
    "bank_holidays", "per_year", "batch", "by_weekday", "by_hour", "by_month", "on_bank_holidays", "priority", "known",
    "sources", "priorities", "in", "after", "chance", "team", "out_of_hours", "held", "wait", "effort", "does",
)  # fmt: skip
_LAST = ("note", "for")


def write_scenario(made: Mapping[str, Any], *, about: str = "") -> str:
    """The text of a scenario file that says this: its tables as `tomllib` would read them. `about` stands above it as a comment.

    Numbers with a fraction are rounded to four figures; shares that belong together keep what they add up to. A value of None
    is left out.

    Raises:
        MissingExtra: tomlkit is not installed.
    """
    try:
        from tomlkit import item, key
    except ImportError as error:
        raise MissingExtra("Writing a scenario", "tomlkit", "audit") from error
    plain = _Plain(lambda value: item(value).as_string(), lambda name: key(name).as_string())
    return "\n".join(_lines(rounded(made), about, plain)) + "\n"


class _Plain:
    """How a value and a name are written in TOML."""

    def __init__(self, one: Callable[[Any], str], name: Callable[[str], str]) -> None:
        self.one, self.name = one, name

    def value(self, said: Any) -> str:
        """A value on one line."""
        if isinstance(said, Mapping):
            inner = ", ".join(f"{self.name(key)} = {self.value(one)}" for key, one in said.items())
            return f"{{ {inner} }}" if inner else "{}"
        if isinstance(said, list):
            return f"[{', '.join(self.value(one) for one in said)}]"
        return self.one(said)

    def place(self, *names: str) -> str:
        """The name of a table."""
        return ".".join(self.name(one) for one in names)


def _lines(made: Mapping[str, Any], about: str, plain: _Plain) -> Iterator[str]:
    yield _SCHEMA
    yield from (f"# {line}".rstrip() for line in about.splitlines())
    yield ""
    yield from _body({name: one for name, one in made.items() if not isinstance(one, Mapping)}, plain)
    for kind in _sorted(name for name, one in made.items() if isinstance(one, Mapping)):
        tables = made[kind]
        own = {name: one for name, one in tables.items() if not isinstance(one, Mapping)}
        if kind in _HEADS:
            yield from ("", f"# ---- {_HEADS[kind]} ----")
        if own or not tables:
            yield from ("", f"[{plain.place(kind)}]")
            yield from _body(own, plain)
        for name, one in tables.items():
            if isinstance(one, Mapping):
                yield from _table(one, plain, kind, name)


def _table(said: Mapping[str, Any], plain: _Plain, *place: str) -> Iterator[str]:
    """A table, and behind it what it is for some."""
    items = said.get("for")
    is_several = isinstance(items, list) and bool(items) and all(isinstance(one, Mapping) for one in items)
    yield from ("", f"[{plain.place(*place)}]")
    yield from _body({name: one for name, one in said.items() if name != "for" or not is_several}, plain)
    for one in items or () if is_several else ():
        yield from ("", f"[[{plain.place(*place, 'for')}]]")
        yield from _body(one, plain)


def _body(said: Mapping[str, Any], plain: _Plain) -> Iterator[str]:
    """Words and what they say, the equals signs below each other."""
    wide = max((len(plain.name(name)) for name in said), default=0)
    for name in _sorted(said):
        value = said[name]
        if name in ("cautions", "notes") and isinstance(value, list) and value:
            inner = "".join(f"    {plain.value(one)},\n" for one in value)
            yield f"{plain.name(name):{wide}} = [\n{inner}]"
        else:
            yield f"{plain.name(name):{wide}} = {plain.value(value)}"


def _sorted(names: Any) -> list[str]:
    """The words of a table in the order in which the examples have them."""

    def place(name: str) -> tuple[int, int]:
        if name in _LAST:
            return 2, _LAST.index(name)
        return (0, _ORDER.index(name)) if name in _ORDER else (1, 0)

    return sorted(names, key=place)


def rounded(said: Any) -> Any:
    """The same as it is written: numbers with a fraction to four figures, what is None left out."""
    if isinstance(said, Mapping):
        named = {str(name): one for name, one in said.items() if one is not None}
        if len(named) > 1 and all(_is_share(one) for one in named.values()):
            return dict(zip(named, _together(list(named.values())), strict=True))
        return {name: rounded(one) for name, one in named.items()}
    if isinstance(said, list | tuple):
        if said and all(isinstance(one, Mapping) and _is_share(one.get("share")) for one in said):
            shares = _together([one["share"] for one in said])
            return [{**rounded(one), "share": share} for one, share in zip(said, shares, strict=True)]
        return [rounded(one) for one in said]
    return _figure(said) if isinstance(said, float) else said


def _is_share(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1


def _together(shares: Sequence[float]) -> list[float]:
    """Shares rounded so that they add up to what they did: the largest of them takes what is over."""
    found = [_figure(one) for one in shares]
    over = round(math.fsum(shares) - math.fsum(found), FIGURES + 2)
    largest = max(range(len(found)), key=lambda i: found[i])
    if over:
        found[largest] = round(found[largest] + over, FIGURES + 2)
    return found


def _figure(value: float) -> float:
    """A number to four figures, or to a whole one; a whole one of ten or more as such."""
    if not math.isfinite(value):
        return value
    found = float(f"{value:.{FIGURES}g}") if abs(value) < 10**FIGURES else float(round(value))
    return int(found) if found == int(found) and abs(found) >= 10 else found
