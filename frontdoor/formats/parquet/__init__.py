"""The flat event log as Parquet: the same columns, each of its own kind.

`happened_at` and `recorded_at` are dates, moments (with a zone, or the wall time of Europe/London) or texts as in the flat
log; the others are texts, or numbers, which are read as text. Moments of `happened_at` that are all midnights are dates, as
systems write where only the day is known; so we write moments that are all midnights as texts. Any other column is a
detail by its name; one that is called like a column of the table has `detail.` before it. Columns that are nested are passed
over.

Of a file of millions of rows the columns that hold few different texts are kept as such, a number a row (`pl.Enum`).
"""

from __future__ import annotations

__all__ = ["read", "write"]

from frontdoor.formats.parquet.reading import read
from frontdoor.formats.parquet.writing import write
