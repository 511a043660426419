"""The Department for Education's tables of children in need, read for every authority: years of counts, as published.

Each table is a CSV file of one row an authority and year; a folder holds one or more files of each (`TABLES`). A value
that is not published is None, never 0: its code says why (`NOT_PUBLISHED`). A year ends on its 31 March. Figures of an
authority are exact, those of England and the regions are rounded to ten.
"""

from __future__ import annotations

__all__ = [
    "ASSESSMENT_BANDS",
    "CONFERENCE_BANDS",
    "MONTHS",
    "NOT_PUBLISHED",
    "SOURCES",
    "TABLES",
    "Authority",
    "Counts",
    "Published",
    "Year",
    "read_published",
    "year_of",
]

from frontdoor.calibration.published.reading import NOT_PUBLISHED, TABLES, read_published, year_of
from frontdoor.calibration.published.tables import (
    ASSESSMENT_BANDS,
    CONFERENCE_BANDS,
    MONTHS,
    SOURCES,
    Authority,
    Counts,
    Published,
    Year,
)
