"""Published tables as they are read: any order of columns, any number of files, all that is wrong with them at once."""

from __future__ import annotations

__all__ = ["NOT_PUBLISHED", "TABLES", "read_published", "year_of"]

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import attrs

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
from frontdoor.errors import Fault, InputError
from frontdoor.formats.csv_records import as_lines, not_text, records

NOT_PUBLISHED = {
    "c": "kept back, lest a child be known by it", "z": "does not apply", "x": "not available", ":": "not available",
    "u": "too unreliable", "low": "rounds to 0", "k": "rounds to 0", "~": "rounds to 0",
}  # fmt: skip
"""The codes that stand for a value, and why it is not there; they may stand in brackets."""
TABLES: Mapping[str, tuple[str, ...]] = {
    "referrals_and_rereferrals": ("Referrals", "Referrals_rate", "Re_referrals"),
    "assessments_duration": ("Assessments_completed", *ASSESSMENT_BANDS),
    "section_47s_and_icpcs": ("Section47", "ICPC", *CONFERENCE_BANDS),
    "referrals_by_source": SOURCES,
    "referrals_by_month": MONTHS,
}
"""What the names of a table's files contain, and the columns that are read of it, in whatever order and capitals."""
_IF_THERE = {"referrals_and_rereferrals": ("No_Further_Action",)}
_KEYS = ("time_period", "geographic_level", "region_name", "old_la_code", "new_la_code", "la_name")
_LOCAL, _REGIONAL, _NATIONAL = "local authority", "regional", "national"
_PUBLISHED = "Use the file as it was published."
_SHOWN = 5
"""Faults of a kind that are told one by one; of more, how many there are."""
_YEAR = re.compile(r"([12][0-9]{3})(?:[-/ ]?([0-9]{2}))?")
_GROUPED = re.compile(r"[0-9]{1,3}(,[0-9]{3})+")
_CODE = re.compile(r"[A-Z][0-9]{8}")
"""A code of nine characters: an authority's as long as its boundaries are."""


def read_published(folder: str | Path) -> Published:
    """The tables of a folder. Of a year that several files of a table have, the file that goes on for longest is believed.

    Raises:
        InputError: a table is not there, or something in one is wrong; `.faults` says all of it.
    """
    if not Path(folder).is_dir():
        message = "is no folder."
        raise InputError(
            [Fault(str(folder), "", "no-folder", message, "Name the folder that holds the published tables.")]
        )
    faults: list[Fault] = []
    rows: list[_Row] = []
    for table, columns in TABLES.items():
        files = sorted(Path(folder).glob(f"*{table}*.csv"))
        if not files:
            advice = f"Put one there whose name has {table!r} in it."
            message = f"holds no file of the table of {table.replace('_', ' ')}."
            faults.append(Fault(str(folder), "", "no-table", message, advice))
        for file in files:
            wrong = _Wrong(file.name)
            rows += _rows(file, table, columns, wrong)
            faults += wrong.told()
    places, twice = _places(rows)
    if faults or twice:
        raise InputError([*faults, *twice])
    by_level: dict[str, dict[str, Authority]] = {_LOCAL: {}, _REGIONAL: {}, _NATIONAL: {}}
    for (level, name), each in sorted(places.items()):
        by_level[level][name] = _authority(name or "England", each)
    return Published(by_level[_LOCAL], by_level[_NATIONAL].get(""), by_level[_REGIONAL])


def year_of(said: str) -> int | None:
    """The year in which a published year ends, of '2022', '202122', '2021/22' or '2021-22'; None: it is none of these."""
    found = _YEAR.fullmatch(said.strip())
    if found is None or (found[2] and (int(found[1]) + 1) % 100 != int(found[2])):
        return None
    return int(found[1]) + bool(found[2])


@attrs.frozen
class _Row:
    """A row of a file: of what place and year, and what it says."""

    file: str
    number: int
    table: str
    level: str
    name: str
    codes: tuple[str, ...]
    region: str
    year: int
    values: Mapping[str, float | None]


class _Wrong:
    """What is wrong with the rows of a file."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.by_code: dict[str, list[Fault]] = {}

    def add(self, where: str, code: str, message: str, advice: str) -> None:
        """One fault."""
        self.by_code.setdefault(code, []).append(Fault(self.file, where, code, message, advice))

    def told(self) -> Iterator[Fault]:
        """Of each kind the first few, and how many more there are."""
        for code, found in self.by_code.items():
            yield from found[:_SHOWN]
            if len(found) > _SHOWN:
                yield Fault(self.file, "", code, f"there are {len(found) - _SHOWN} more of these.")


def _rows(file: Path, table: str, columns: tuple[str, ...], wrong: _Wrong) -> Iterator[_Row]:
    """The rows of a file that are of an authority, a region or England."""
    content = file.read_bytes()
    if not_text(content, "utf-8-sig"):
        wrong.add("", "not-text", "is not text in UTF-8.", _PUBLISHED)
        return
    first, *rows = [*records(as_lines(content, file.name, "utf-8-sig"))] or [[]]
    header = [] if isinstance(first, str) else [_plain(name) for name in first]
    needed = (*_KEYS, *columns)
    for code, message, names in (
        ("missing-column", "has no column", [name for name in needed if _plain(name) not in header]),
        ("column-twice", "has twice the column", [name for name in needed if header.count(_plain(name)) > 1]),
    ):
        if names:
            wrong.add("header", code, f"{message} {', '.join(names)}.", _PUBLISHED)
            return
    wanted = [*columns, *(name for name in _IF_THERE.get(table, ()) if _plain(name) in header)]
    for number, cells in enumerate(rows, start=2):
        if isinstance(cells, str):
            wrong.add(f"row {number}", "not-csv", cells, _PUBLISHED)
        elif len(cells) != len(header):
            message = f"has {len(cells)} cells where the header has {len(header)}."
            wrong.add(f"row {number}", "ragged", message, _PUBLISHED)
        else:
            row = dict(zip(header, map(str.strip, cells), strict=True))
            if made := _row(file.name, number, row, table, wanted, wrong):
                yield made


def _plain(name: str) -> str:
    """The name of a column without what is only style: '41-45_days' and '41_45_Days', '61+_days' and '61 plus days'."""
    return "".join(letter for letter in name.casefold().replace("+", "plus") if letter.isalnum())


def _row(file: str, number: int, row: Mapping[str, str], table: str, columns: list[str], wrong: _Wrong) -> _Row | None:
    """A row, unless it is of something else than a place."""
    said = {key: row[_plain(key)] for key in _KEYS}
    level, year = said["geographic_level"].casefold(), year_of(said["time_period"])
    if level not in (_LOCAL, _REGIONAL, _NATIONAL):
        return None
    name = {_LOCAL: said["la_name"], _REGIONAL: said["region_name"], _NATIONAL: ""}[level]
    if not name and level != _NATIONAL:
        column, what = ("la_name", "an authority") if level == _LOCAL else ("region_name", "a region")
        wrong.add(f"row {number}, column {column}", "no-name", f"{what} has no name.", "Write its name.")
        return None
    if year is None:
        advice = "Write the year in which it ends, as 2021, or both of its years, as 202021."
        message = f"{said['time_period'][:40]!r} is no year."
        wrong.add(f"row {number}, column time_period", "no-year", message, advice)
        return None
    values: dict[str, float | None] = {}
    for column in columns:
        cell = row[_plain(column)]
        value = _number(cell, whole=column != "Referrals_rate")
        if value is _WRONG:
            message = f"{cell[:40]!r} is neither a count nor a code for one that is not published."
            advice = f"The codes are {', '.join(NOT_PUBLISHED)}."
            wrong.add(f"row {number}, column {column}", "wrong-number", message, advice)
        values[column] = value
    codes = tuple(code for code in (said["old_la_code"], said["new_la_code"]) if code and level == _LOCAL)
    return _Row(file, number, table, level, name, codes, said["region_name"], year, values)


_WRONG = -1.0


def _number(said: str, *, whole: bool) -> float | None:
    """A value, None for a code, `_WRONG` for what is neither."""
    if not said or said.lower().strip("[]") in NOT_PUBLISHED:
        return None
    said = said.replace(",", "") if _GROUPED.fullmatch(said) else said
    try:
        value = _WRONG if "_" in said else float(said)  # Python would read 1_000
    except ValueError:
        return _WRONG
    return value if 0 <= value < 1e9 and (not whole or value == int(value)) else _WRONG


def _places(rows: list[_Row]) -> tuple[dict[tuple[str, str], list[_Row]], list[Fault]]:
    """The rows of each place by its level and name, what is believed last; and what is there twice.

    An authority keeps its name when its codes change with its boundaries, and its code when its name is written otherwise.
    """
    goes_to: dict[str, int] = {}
    for row in rows:
        goes_to[row.file] = max(goes_to.get(row.file, 0), row.year)
    names = _latest_names(rows)
    places: dict[tuple[str, str], list[_Row]] = {}
    seen: dict[tuple[str, str, str, int], _Row] = {}
    twice: dict[str, _Wrong] = {}
    for row in sorted(rows, key=lambda one: (one.year, goes_to[one.file], one.file, one.number)):
        name = names[row.name] if row.level == _LOCAL else row.name
        places.setdefault((row.level, name), []).append(row)
        key = (row.table, row.level, name, row.year)
        before = seen.get(key)
        seen[key] = row
        if before is None or (before.file != row.file and before.values == row.values):
            continue
        if before.file == row.file or goes_to[before.file] == goes_to[row.file]:
            also = "" if before.file == row.file else f", otherwise in {before.file}"
            where = f"row {row.number}, column {'region_name' if row.level == _REGIONAL else 'la_name'}"
            message = f"{row.name or 'England'} is there twice for {row.year}{also}."
            wrong = twice.setdefault(row.file, _Wrong(row.file))
            wrong.add(where, "twice", message, "Leave one of the two rows out.")
    return places, [fault for wrong in twice.values() for fault in wrong.told()]


def _latest_names(rows: list[_Row]) -> dict[str, str]:
    """[name] the latest name of the authority that was called so: names that ever had the same nine-character code are one."""
    together: dict[str, set[str]] = {}
    latest: dict[str, int] = {}
    named: dict[str, str] = {}
    for row in rows:
        if row.level != _LOCAL:
            continue
        latest[row.name] = max(latest.get(row.name, 0), row.year)
        own = together.setdefault(row.name, {row.name})
        for code in filter(_CODE.fullmatch, row.codes):
            other = together[named.setdefault(code, row.name)]
            if other is not own:
                own |= other
                together.update(dict.fromkeys(own, own))
    return {name: max(some, key=lambda one: (latest[one], one)) for name, some in together.items()}


def _authority(name: str, rows: list[_Row]) -> Authority:
    """A place from its rows, what is believed last."""
    years: dict[int, dict[str, float | None]] = {}
    known: dict[str, None] = {}
    for row in rows:
        years.setdefault(row.year, {}).update(row.values)
        known.update(dict.fromkeys((*row.codes, *([row.name] if row.name not in (name, "") else []))))
    return Authority(name, rows[-1].region, tuple(known), {year: _year(year, kept) for year, kept in years.items()})


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
        no_further_action=count("No_Further_Action"),
    )
