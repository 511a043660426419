"""How many examples a property tries: a part of them ordinarily, all of them where `-m slow` asks for them (`conftest.py`)."""

from __future__ import annotations

from hypothesis import settings

# Nothing is said of how long an example may take: that is the machine's, and who else is at work on it.
settings.register_profile("ordinary", max_examples=40, deadline=None)
settings.register_profile("thorough", max_examples=100, deadline=None)


def thoroughly(yes: bool) -> None:
    """Whether all are tried, from here on: said before any test is collected."""
    settings.load_profile("thorough" if yes else "ordinary")


def examples(number: int) -> int:
    """So many of them; ordinarily two in five."""
    return number * settings.default.max_examples // 100
