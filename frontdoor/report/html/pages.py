"""What every page that we write is made of: its templates, the one style sheet, what it may do, and how large it is."""

from __future__ import annotations

__all__ = ["environment", "rendered"]

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any

from frontdoor import __version__
from frontdoor.errors import MissingExtra
from frontdoor.report.html import measured
from frontdoor.report.html.svg import words
from frontdoor.report.rule_words import of_rule
from frontdoor.report.words import count

if TYPE_CHECKING:
    from jinja2 import Environment

_SIZE = "(((size of this file)))"
_MOST = 4_000


def rendered(template: str, **said: Any) -> str:
    """A template with what is said in it: a page that needs nothing else. The same gives the same bytes.

    Raises:
        MissingExtra: jinja2 is not installed.
    """
    made = environment().get_template(template).render(style=_style(), policy=_policy(), version=__version__, **said)
    size = len(made.encode())
    return made.replace(_SIZE, f"{size / 1e6:.1f} MB" if size >= 100_000 else f"{size / 1e3:.0f} kB")


@cache
def environment() -> Environment:
    """Where templates are read, and how text comes into them.

    Raises:
        MissingExtra: jinja2 is not installed.
    """
    try:
        from jinja2 import Environment, PackageLoader, StrictUndefined
    except ImportError as error:
        raise MissingExtra("Writing a report", "jinja2", "report") from error
    made = Environment(
        loader=PackageLoader(__package__, "."), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        finalize=_shown, keep_trailing_newline=True,
    )  # fmt: skip
    made.filters |= {"percent": measured.percent, "plainly": _plainly, "heading": _heading, "of_rule": of_rule}
    made.globals |= {"count": count, "SIZE": _SIZE}
    return made


def _shown(value: Any) -> Any:
    """Every text on its way into the page: nothing in it that cannot be seen, and no more than can be read."""
    return words(value, _MOST) if type(value) is str else "" if value is None else value


def _plainly(name: str) -> str:
    """The name of something, without its underscores."""
    return name.replace("_", " ")


def _heading(name: str) -> str:
    """The same, at the head of a column."""
    said = _plainly("clock" if name == "timer" else name)
    return said[:1].upper() + said[1:]


@cache
def _style() -> str:
    return "\n" + files(__package__).joinpath("style.css").read_text(encoding="utf-8")


@cache
def _policy() -> str:
    """What the page may do: show itself, in its own style, and nothing else."""
    digest = base64.b64encode(hashlib.sha256(_style().encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
