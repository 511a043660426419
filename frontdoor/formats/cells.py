"""Text in the cells of files that a spreadsheet may open: none of it is run as a formula, and all of it reads back.

A spreadsheet takes a cell that begins with = + - @, a tab or a return for a formula, whoever wrote the text. Such a text is
written with an apostrophe before it, which spreadsheets take for 'this is text'; reading takes it away. A text that
begins with apostrophes before such a sign gets one more, so that every text comes back as it was.
"""

from __future__ import annotations

__all__ = ["restored", "restored_column", "safe", "safe_column"]

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

_FORMULA = r"(?:[=+\-@]|[\t\r]\s*\S)"
"""What a formula begins with; a tab or return before nothing begins none, and readers take it away."""
_RISKY = re.compile(f"'*{_FORMULA}")
_MADE_SAFE = re.compile(f"'+{_FORMULA}")


def safe(text: str) -> str:
    """The text, as a cell may hold it."""
    return "'" + text if _RISKY.match(text) else text


def restored(text: str) -> str:
    """The text that a cell was written from."""
    return text[1:] if _MADE_SAFE.match(text) else text


def safe_column(name: str) -> pl.Expr:
    """A column of texts, as cells may hold them."""
    import polars as pl

    text = pl.col(name)
    return pl.when(text.str.contains(f"^{_RISKY.pattern}")).then("'" + text).otherwise(text).alias(name)


def restored_column(name: str) -> pl.Expr:
    """A column of the texts that cells were written from."""
    import polars as pl

    text = pl.col(name)
    made = text.str.contains(f"^{_MADE_SAFE.pattern}")
    return pl.when(made).then(text.str.slice(1)).otherwise(text).alias(name)
