"""OCEL 2.0 as an SQLite file: tables of events, of objects, of their types, and one more for each type.

Only plain tables are read: a file may hold views and computed columns that never come to an end.
"""

from __future__ import annotations

__all__ = ["read", "write"]

import re
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from frontdoor.errors import Fault, InputError, did_you_mean
from frontdoor.formats.ocel.content import Content, Happening, Thing, id_of, text_of

_NEEDED = {
    "event": ("ocel_id", "ocel_type"), "object": ("ocel_id", "ocel_type"),
    "event_object": ("ocel_event_id", "ocel_object_id"), "event_map_type": ("ocel_type", "ocel_type_map"),
    "object_map_type": ("ocel_type", "ocel_type_map"),
}  # fmt: skip
_OWN = ("ocel_id", "ocel_time", "ocel_changed_field")
_MOST_COLUMNS = 1900
_LONGEST = 16_000_000
"""Bytes of one cell."""
_LEAST_ROW, _FREE, _RATIO = 4, 100 << 20, 10
"""Bytes that a row takes at the least; characters that any table may hold, and how many times the file's size what is more."""
_MOST_FAULTS = 20


def read(file: Path | bytes, name: str) -> Content:
    """What a file holds; nothing is written to it or beside it.

    Raises:
        InputError: it is no SQLite file or is damaged, tables or columns are missing, or its last changes stand beside it.
    """
    try:
        size = len(file) if isinstance(file, bytes) else file.stat().st_size
        with closing(_opened(file, name)) as db:
            return _Reading(db, name, size).content()
    except sqlite3.DataError:
        message = f"holds a text of more than {_LONGEST // 1_000_000} MB, which no event log does."
        raise InputError([Fault(name, "", "too-much", message, "Shorten it, or export it again.")]) from None
    except (sqlite3.Error, UnicodeDecodeError) as error:  # names of columns are decoded by sqlite3 itself
        why = "a name that is not UTF-8" if isinstance(error, UnicodeDecodeError) else str(error)[:120]
        message = f"cannot be read as an SQLite file ({why}): it is damaged, or something else."
        raise InputError([Fault(name, "", "damaged", message, "Export it again.")]) from None


def _opened(file: Path | bytes, name: str) -> sqlite3.Connection:
    if isinstance(file, bytes):
        db = sqlite3.connect(":memory:")
        db.deserialize(
            file[:18] + b"\1\1" + file[20:]
        )  # not as one whose changes stand beside it: there is nothing beside
    else:
        beside = file.with_name(file.name + "-wal")
        if beside.exists() and beside.stat().st_size:
            message = f"is being written: its last changes stand in {beside.name}."
            raise InputError([Fault(name, "", "open", message, "Close the program that writes it, and try again.")])
        db = sqlite3.connect(f"{file.resolve().as_uri()}?mode=ro&immutable=1", uri=True)
    db.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, _LONGEST)
    db.text_factory = lambda raw: raw.decode("utf-8", "replace")
    for setting in ("trusted_schema = OFF", "cell_size_check = ON", "query_only = ON"):
        db.execute(f"PRAGMA {setting}")
    return db


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


class _Reading:
    def __init__(self, db: sqlite3.Connection, name: str, size: int) -> None:
        self.db, self.name, self.size = db, name, size
        self.faults: list[Fault] = []
        made = db.execute("SELECT name, type, sql FROM sqlite_master WHERE type IN ('table', 'view')")
        self.plain: dict[str, str] = {}
        self.others: dict[str, str] = {}
        for table, kind, sql in made:
            is_plain = kind == "table" and not re.match(r"\s*CREATE\s+VIRTUAL", sql or "", re.IGNORECASE)
            (self.plain if is_plain else self.others)[table.lower()] = table

    def content(self) -> Content:
        for table, columns in _NEEDED.items():
            self._check(table, columns)
        made = Content()
        tables = {}
        for kind, key in (("event", "ocel_time"), ("object", "")) if not self.faults else ():
            maps = self._rows(f"{kind}_map_type", ["ocel_type", "ocel_type_map"])
            tables[kind] = {text_of(type_): f"{kind}_{text_of(map_)}" for type_, map_ in maps}
            for table in dict.fromkeys(tables[kind].values()):
                if len(self.faults) >= _MOST_FAULTS:
                    break
                if kind == "event" or table.lower() in self.plain or table.lower() in self.others:
                    self._check(table, ("ocel_id", key) if key else ("ocel_id",))
        if self.faults:
            raise InputError(self.faults)
        said: dict[str, tuple[str, list[tuple[str, str]]]] = {}
        made.types = dict.fromkeys(tables["event"], [])
        for table, type_ in {table: type_ for type_, table in tables["event"].items()}.items():  # each table once
            made.types[type_] = [column for column in self._columns(table) if column not in _OWN]
            said |= {id_: (time, rest) for id_, time, rest, _ in self._described(table)}
        of_things: dict[str, list[tuple[str, str]]] = {}
        for table in dict.fromkeys(tables["object"].values()):
            if table.lower() in self.plain:
                for id_, _, rest, changed in self._described(table):
                    of_things.setdefault(id_, []).extend(one for one in rest if not changed or one[0] == changed)
        for id_, type_ in self._rows("object", ["ocel_id", "ocel_type"]):
            made.add_thing(id_of(id_), Thing(text_of(type_), of_things.get(id_of(id_), [])))
        related: dict[str, list[str]] = {}
        for event, thing in self._rows("event_object", ["ocel_event_id", "ocel_object_id"]):
            related.setdefault(id_of(event), []).append(id_of(thing))
        if "object_object" in self.plain:
            made.relations = sum(1 for _ in self._rows("object_object", self._columns("object_object")[:1]))
        for event, type_ in self._rows("event", ["ocel_id", "ocel_type"]):
            id_ = id_of(event)
            time, rest = said.get(id_, ("", []))
            made.happenings.append(Happening(id_, text_of(type_), time, rest, related.get(id_, [])))
        return made

    def _check(self, table: str, columns: Iterable[str]) -> None:
        if table.lower() in self.others:
            message = f"{table} is a view or a virtual table: only plain tables are read."
            self.faults.append(Fault(self.name, f"table {table}", "not-a-table", message))
        elif table.lower() not in self.plain:
            close = did_you_mean(table, self.plain.values())
            self.faults.append(Fault(self.name, "", "missing-table", f"there is no table {table[:80]}.", close.strip()))
        else:
            known = [column.lower() for column in self._columns(table)]
            for column in columns:
                if column not in known:
                    close = did_you_mean(column, known)
                    message = f"there is no column {column}."
                    self.faults.append(Fault(self.name, f"table {table}", "missing-column", message, close.strip()))

    def _columns(self, table: str) -> list[str]:
        found = self.db.execute(f"PRAGMA table_xinfo({_quoted(table)})")
        return [column for _, column, _, _, _, _, hidden in found if not hidden]  # generated ones are hidden

    def _rows(self, table: str, columns: list[str]) -> Iterator[tuple[Any, ...]]:
        """The rows of a table, as many and as long as there is room for in the file: the pages of one may lead in a circle.

        Raises:
            InputError: there is more.
        """
        named = ", ".join(map(_quoted, columns)) or "NULL"
        rows, room = self.size // _LEAST_ROW, max(_FREE, _RATIO * self.size)
        for row in self.db.execute(f"SELECT {named} FROM {_quoted(table)} NOT INDEXED"):
            rows -= 1
            room -= sum(len(cell) for cell in row if isinstance(cell, (str, bytes)))
            if rows < 0 or room < 0:
                message = "gives more than there is room for in a file of its size: it is damaged, or made to harm."
                raise InputError([Fault(self.name, f"table {table[:80]}", "bomb", message, "Export it again.")])
            yield row

    def _described(self, table: str) -> Iterable[tuple[str, str, list[tuple[str, str]], str]]:
        """Each row of a type's table: id, time, what it says, and the one field that it changes, if it is about one."""
        columns = self._columns(table)
        places = {column.lower(): place for place, column in enumerate(columns)}
        rest = [(place, column) for place, column in enumerate(columns) if column.lower() not in _OWN]
        for row in self._rows(table, columns):
            own: list[Any] = [row[places[name]] if name in places else None for name in _OWN]
            said = [(column, text_of(row[place])) for place, column in rest if row[place] is not None]
            yield id_of(own[0]), text_of(own[1]), said, text_of(own[2])


def write(content: Content, path: Path) -> list[str]:
    """Write a log as an SQLite file, in place of what was there, and say which attributes had to be called otherwise.

    Raises:
        InputError: an event of one type has more details than a table can have columns.
    """
    renamed: list[str] = []
    with closing(sqlite3.connect(":memory:")) as db:
        for table in ("event", "object"):
            db.execute(f'CREATE TABLE "{table}" (ocel_id TEXT PRIMARY KEY, ocel_type TEXT)')
            db.execute(f'CREATE TABLE "{table}_map_type" (ocel_type TEXT PRIMARY KEY, ocel_type_map TEXT)')
        db.execute("CREATE TABLE event_object (ocel_event_id TEXT, ocel_object_id TEXT, ocel_qualifier TEXT)")
        db.execute("CREATE TABLE object_object (ocel_source_id TEXT, ocel_target_id TEXT, ocel_qualifier TEXT)")
        kinds = list(dict.fromkeys(thing.type for thing in content.things.values()))
        for kind, map_ in _maps(kinds).items():
            db.execute("INSERT INTO object_map_type VALUES (?, ?)", (kind, map_))
            db.execute(f'CREATE TABLE "object_{map_}" (ocel_id TEXT, ocel_time TEXT, ocel_changed_field TEXT)')
            ids = ((id_,) for id_, thing in content.things.items() if thing.type == kind)
            db.executemany(f"INSERT INTO \"object_{map_}\" VALUES (?, '1970-01-01T00:00:00Z', NULL)", ids)
        db.executemany("INSERT INTO object VALUES (?, ?)", ((id_, one.type) for id_, one in content.things.items()))
        events = [one for one in content.happenings if isinstance(one, Happening)]
        db.executemany("INSERT INTO event VALUES (?, ?)", ((one.id, one.type) for one in events))
        related = ((one.id, id_, content.things[id_].type) for one in events for id_ in one.objects)
        db.executemany("INSERT INTO event_object VALUES (?, ?, ?)", related)
        of_type: dict[str, list[Happening]] = {}
        for one in events:
            of_type.setdefault(one.type, []).append(one)
        for type_, map_ in _maps(list(content.types)).items():
            names = content.types[type_]
            if len(names) > _MOST_COLUMNS:
                message = f"{type_} has {len(names)} details, more than an SQLite table can have columns."
                raise InputError([Fault(str(path), "", "too-many-details", message, "Write it as JSON.")])
            columns = _columns_of(names)
            renamed += [f"{name} ({column})" for name, column in columns.items() if name != column]
            declared = "".join(f", {_quoted(column)} TEXT" for column in columns.values())
            db.execute("INSERT INTO event_map_type VALUES (?, ?)", (type_, map_))
            db.execute(f'CREATE TABLE "event_{map_}" (ocel_id TEXT PRIMARY KEY, ocel_time TEXT{declared})')
            said = ((one, dict(one.attributes)) for one in of_type.get(type_, ()))
            rows = ((one.id, one.time, *(texts.get(name) for name in names)) for one, texts in said)
            db.executemany(f'INSERT INTO "event_{map_}" VALUES (?, ?{", ?" * len(names)})', rows)
        db.commit()
        path.write_bytes(db.serialize())
    return list(dict.fromkeys(renamed))


def _plain(text: str) -> str:
    """Text as SQLite compares names: whatever the case of its English letters."""
    return re.sub("[A-Z]", lambda found: found[0].lower(), text)


def _free(name: str, taken: set[str], numbered: str) -> str:
    """A name that is not taken, whatever the case of its letters, with a number where need be; it is taken from now on."""
    found, number = name, 1
    while _plain(found) in taken:
        number += 1
        found = numbered.format(name, number)
    taken.add(_plain(found))
    return found


def _maps(types: list[str]) -> dict[str, str]:
    """What the tables of some types are called."""
    taken = {"map_type", "object"}
    bases = {type_: re.sub(r"\W", "_", type_, flags=re.ASCII)[:60] for type_ in types}
    return {type_: _free(base, taken, "{}_{}") for type_, base in bases.items()}


def _columns_of(names: list[str]) -> dict[str, str]:
    """What the columns of some attributes are called: their names, with a number where two differ in case alone."""
    taken = set(_OWN)
    return {name: _free(name, taken, "{} ({})") for name in names}
