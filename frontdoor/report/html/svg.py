"""Drawing with text: elements of SVG whose every value is escaped, and the few shapes that all our pictures are made of.

A picture carries no style of its own but classes, which the page's one style sheet knows, so that the page can forbid
all other style. It never speaks by colour alone: what is late is hatched, what still runs is hollow.
"""

from __future__ import annotations

__all__ = ["Svg", "element", "picture", "text", "words"]

from collections.abc import Iterable
from html import escape

import attrs

from frontdoor.report.layout import plain

MOST = 400
"""Characters of one text that are shown: longer ones are cut, and say so."""


@attrs.frozen
class Svg:
    """Markup that is safe as it stands."""

    markup: str

    def __html__(self) -> str:
        return self.markup

    def __str__(self) -> str:
        return self.markup


def words(value: str, most: int = MOST) -> str:
    """Text of somebody's as a page may show it: nothing that cannot be seen, and no more of it than can be read."""
    shown = plain(value[: most + 1])
    return shown if len(value) <= most else f"{shown[:most]}… ({len(value):,} characters)"


def element(name: str, *inside: Svg | str, **attributes: object) -> Svg:
    """One element; `class_` is the attribute class, and '_' in a name stands for '-'. None leaves an attribute out."""
    said = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(_value(value))}"'
        for key, value in attributes.items()
        if value is not None
    )
    within = "".join(part.markup if isinstance(part, Svg) else escape(words(part)) for part in inside)
    return Svg(f"<{name}{said}>{within}</{name}>" if within else f"<{name}{said}/>")


def text(said: str, x: float, y: float, class_: str | None = None, anchor: str | None = None) -> Svg:
    """Some words; `anchor` is 'middle' or 'end' where they do not begin at x."""
    return element("text", said, x=x, y=y, class_=class_, text_anchor=anchor)


def picture(name: str, title: str, description: str, width: float, height: float, parts: Iterable[Svg]) -> Svg:
    """A whole picture with its text alternative. `name` is unique in the page, `width` and `height` are user units."""
    return element(
        "svg",
        element("title", title, id=f"{name}-title"),
        element("desc", Svg(escape(plain(description))), id=f"{name}-desc"),
        *parts,
        viewBox=f"0 0 {_value(width)} {_value(height)}",
        role="img",
        aria_labelledby=f"{name}-title {name}-desc",
    )


def _value(value: object) -> str:
    """A number with at most one decimal, so that the same picture is the same bytes everywhere; else the text."""
    if isinstance(value, float):
        return (
            f"{value:.1f}".removesuffix(".0").replace("-0", "0")
            if abs(value) < 0.05
            else f"{value:.1f}".removesuffix(".0")
        )
    return str(value)
