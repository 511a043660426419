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
    "Published",
    "Year",
    "read_published",
]

from collections.abc import Mapping
from pathlib import Path

import attrs

from frontdoor.errors import Fault, InputError, did_you_mean
from frontdoor.formats.csv_records import as_lines, not_text, records

MONTHS = (
    "April", "May", "June", "July", "August", "September", "October", "November", "December", "January", "February", "March",
)  # fmt: skip
"""Of a year that ends on 31 March."""
SOURCES = (
    "Individual", "Schools", "Education_Services", "Health_Services", "Housing", "LA_Services", "Police",
    "Other_legal_agency", "Other", "Anonymous", "Unknown",
)  # fmt: skip
ASSESSMENT_BANDS = (
    "Same_day", "1-10_days", "11-20_days", "21-30_days", "31-40_days", "41-45_days", "46-50_days", "51-60_days", "61+_days",
)  # fmt: skip
"""Working days from the start of an assessment to its end, both ends of a band included."""
CONFERENCE_BANDS = ("Duration_0-10_days", "Duration_11-15_days", "Duration_16-20_days", "Duration_21+_days")
"""Working days from the start of section 47 enquiries to the initial child protection conference, likewise."""
NOT_PUBLISHED = {
    "c": "kept back, lest a child be known by it", "z": "does not apply", "x": "not available", ":": "not available",
    "u": "too unreliable", "low": "rounds to 0", "k": "rounds to 0",
}  # fmt: skip
"""The codes that stand for a value, and why it is not there."""
TABLES: Mapping[str, tuple[str, ...]] = {
    "referrals_and_rereferrals": ("Referrals", "Referrals_rate", "Re_referrals"),
    "assessments_duration": ("Assessments_completed", *ASSESSMENT_BANDS),
    "section_47s_and_icpcs": ("Section47", "ICPC", *CONFERENCE_BANDS),
    "referrals_by_source": SOURCES,
    "referrals_by_month": MONTHS,
}
"""What the names of a table's files contain, and the columns that are read of it."""
_KEYS = ("time_period", "geographic_level", "region_name", "old_la_code", "new_la_code", "la_name")
_LOCAL, _NATIONAL = "Local authority", "National"
_PUBLISHED = "Use the file as it was published."
_SHOWN = 5
"""Faults of a kind that are told one by one; of more, how many there are."""

Counts = tuple[int | None, ...]


@attrs.frozen
class Year:
    """What was published of an authority for the year that ended on 31 March of `year`; None: it was not."""

    year: int
    referrals: int | None
    children: float | None
    """People under 18, as the published rate of referrals for every 10,000 of them has it."""
    re_referrals: int | None
    """Referrals within 12 months of an earlier one of the same child."""
    months: Counts
    """Referrals in each of `MONTHS`."""
    sources: Counts
    """Referrals from each of `SOURCES`."""
    assessments: int | None
    """Completed in the year."""
    assessment_bands: Counts
    """Of them, in each of `ASSESSMENT_BANDS`."""
    section_47s: int | None
    conferences: int | None
    """Initial child protection conferences; some have no duration, and are in no band."""
    conference_bands: Counts
    """In each of `CONFERENCE_BANDS`."""

    @property
    def re_referred(self) -> float | None:
        """The share of referrals that were re-referrals."""
        if self.re_referrals is None or not self.referrals:
            return None
        return self.re_referrals / self.referrals


@attrs.frozen
class Authority:
    """An authority's years, in order. It is known by its name: its codes changed with its boundaries."""

    name: str
    region: str
    codes: tuple[str, ...]
    """Every code it has had: of three figures, and of nine characters."""
    years: Mapping[int, Year]


@attrs.frozen
class Published:
    """Every authority of the tables, by name, and England where they have it."""

    authorities: Mapping[str, Authority]
    england: Authority | None

    def of(self, name: str) -> Authority:
        """The authority of a name, whatever its capitals, or of a code.

        Raises:
            InputError: there is none.
        """
        sought = name.strip().casefold()
        for one in self.authorities.values():
            if sought in (one.name.casefold(), *(code.casefold() for code in one.codes)):
                return one
        message = f"there is no authority called {name!r} in the tables."
        raise InputError(
            [Fault("--authority", "", "unknown-authority", message, did_you_mean(name, self.authorities).strip())]
        )


def read_published(folder: str | Path) -> Published:
    """The tables of a folder.

    Raises:
        InputError: a table is not there, or something in one is wrong; `.faults` says all of it.
    """
    if not Path(folder).is_dir():
        message = "is no folder."
        raise InputError(
            [Fault(str(folder), "", "no-folder", message, "Name the folder that holds the published tables.")]
        )
    made = _Reading(Path(folder))
    for table, columns in TABLES.items():
        made.table(table, columns)
    if made.faults:
        raise InputError(made.faults)
    found = made.authorities()
    england = found.pop("", None)
    return Published(dict(sorted(found.items())), england)


class _Reading:
    """A folder as it is read: the values of each place and year, and what is wrong with the files."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.faults: list[Fault] = []
        self.values: dict[tuple[str, int], dict[str, float | None]] = {}
        self.regions: dict[str, str] = {}
        self.codes: dict[str, dict[str, None]] = {}
        self.seen: set[tuple[str, str, str]] = set()

    def table(self, table: str, columns: tuple[str, ...]) -> None:
        """Every file of a table."""
        files = sorted(self.folder.glob(f"*{table}*.csv"))
        if not files:
            advice = f"Put one there whose name has {table!r} in it."
            message = f"holds no file of the table of {table.replace('_', ' ')}."
            self.faults.append(Fault(str(self.folder), "", "no-table", message, advice))
        for file in files:
            self.file(file, table, columns)

    def file(self, file: Path, table: str, columns: tuple[str, ...]) -> None:
        """One of them."""
        content = file.read_bytes()
        if not_text(content, "utf-8-sig"):
            self.faults.append(Fault(file.name, "", "not-text", "is not text in UTF-8.", _PUBLISHED))
            return
        first, *rows = [*records(as_lines(content, file.name, "utf-8-sig"))] or [[]]
        header = [] if isinstance(first, str) else first
        missing = [name for name in (*_KEYS, *columns) if name not in header]
        if missing:
            message = f"has no column {', '.join(missing)}."
            self.faults.append(Fault(file.name, "header", "missing-column", message, _PUBLISHED))
            return
        wrong = _Wrong(file.name)
        for number, cells in enumerate(rows, start=2):
            if isinstance(cells, str):
                wrong.add(f"row {number}", "not-csv", cells, _PUBLISHED)
            elif len(cells) != len(header):
                message = f"has {len(cells)} cells where the header has {len(header)}."
                wrong.add(f"row {number}", "ragged", message, _PUBLISHED)
            else:
                self.row(number, dict(zip(header, map(str.strip, cells), strict=True)), table, columns, wrong)
        self.faults += wrong.told()

    def row(self, number: int, row: Mapping[str, str], table: str, columns: tuple[str, ...], wrong: _Wrong) -> None:
        """The values of a row of an authority or of England, under its place and year."""
        level, year = row["geographic_level"], row["time_period"]
        if level not in (_LOCAL, _NATIONAL):
            return
        name = row["la_name"] if level == _LOCAL else ""
        if level == _LOCAL and not name:
            wrong.add(f"row {number}, column la_name", "no-name", "an authority has no name.", "Write its name.")
            return
        if not (len(year) == 4 and year.isascii() and year.isdigit()):
            advice = "Write the year in which it ends, as 2021."
            wrong.add(f"row {number}, column time_period", "no-year", f"{year[:40]!r} is no year.", advice)
            return
        if (table, name, year) in self.seen:
            message = f"{name or 'England'} is there twice for {year}."
            wrong.add(f"row {number}, column la_name", "twice", message, "Leave one of the two rows out.")
            return
        self.seen.add((table, name, year))
        self.regions[name] = row["region_name"]
        self.codes.setdefault(name, {}).update(dict.fromkeys((row["old_la_code"], row["new_la_code"])))
        kept = self.values.setdefault((name, int(year)), {})
        for column in columns:
            value = _number(row[column], whole=column != "Referrals_rate")
            if value is _WRONG:
                message = f"{row[column][:40]!r} is neither a count nor a code for one that is not published."
                advice = f"The codes are {', '.join(NOT_PUBLISHED)}."
                wrong.add(f"row {number}, column {column}", "wrong-number", message, advice)
            kept[column] = value

    def authorities(self) -> dict[str, Authority]:
        """By name, England by none, each with its years."""
        years: dict[str, dict[int, Year]] = {}
        for (name, year), kept in sorted(self.values.items()):
            years.setdefault(name, {})[year] = _year(year, kept)
        return {
            name: Authority(
                name or "England", self.regions[name], tuple(code for code in self.codes[name] if code), years[name]
            )
            for name in years
        }


class _Wrong:
    """What is wrong with the rows of a file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.by_code: dict[str, list[Fault]] = {}

    def add(self, where: str, code: str, message: str, advice: str) -> None:
        """One fault."""
        self.by_code.setdefault(code, []).append(Fault(self.file, where, code, message, advice))

    def told(self) -> list[Fault]:
        """Of each kind the first few, and how many more there are."""
        told: list[Fault] = []
        for code, found in self.by_code.items():
            told += found[:_SHOWN]
            if len(found) > _SHOWN:
                told.append(Fault(self.file, "", code, f"there are {len(found) - _SHOWN} more of these."))
        return told


_WRONG = -1.0


def _number(said: str, *, whole: bool) -> float | None:
    """A value, None for a code, `_WRONG` for what is neither."""
    if not said or said.lower() in NOT_PUBLISHED:
        return None
    try:
        value = _WRONG if "_" in said else float(said)  # Python would read 1_000
    except ValueError:
        return _WRONG
    return value if 0 <= value < 1e9 and (not whole or value == int(value)) else _WRONG


def _year(year: int, kept: Mapping[str, float | None]) -> Year:
    def count(column: str) -> int | None:
        value = kept.get(column)
        return None if value is None else int(value)

    def counts(columns: tuple[str, ...]) -> Counts:
        return tuple(count(column) for column in columns)

    referrals, rate = count("Referrals"), kept.get("Referrals_rate")
    return Year(
        year=year,
        referrals=referrals,
        children=referrals / rate * 10_000 if referrals and rate else None,
        re_referrals=count("Re_referrals"),
        months=counts(MONTHS),
        sources=counts(SOURCES),
        assessments=count("Assessments_completed"),
        assessment_bands=counts(ASSESSMENT_BANDS),
        section_47s=count("Section47"),
        conferences=count("ICPC"),
        conference_bands=counts(CONFERENCE_BANDS),
    )
