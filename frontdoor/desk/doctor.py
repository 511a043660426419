"""Is a log in good care? Its disk, clock, calendar, backups, keys and files, looked at without writing to it.

    [finding for finding in examine("borough.db", now=clock.now()) if finding.sign != "ok"]

The limits are frontdoor's own defaults, for a log that people work in every day.
"""

from __future__ import annotations

__all__ = ["SIGNS", "Examination", "examine"]

import os
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta

import attrs

from frontdoor.desk.desk import Desk
from frontdoor.desk.footing import Finding, footing
from frontdoor.desk.keyring import keyring
from frontdoor.desk.looking import astray
from frontdoor.desk.rulebook import newest_local
from frontdoor.desk.timing import SKEW, behind, silent_since
from frontdoor.errors import FrontdoorError, InputError, LogError, LogTampered, OldSchema, count
from frontdoor.library import Library, load
from frontdoor.log import health, schema
from frontdoor.log.backup import CHECKPOINT, backups
from frontdoor.log.checkpoint import read_checkpoint, verify
from frontdoor.log.restorations import Restoration, read
from frontdoor.log.sqlite import SqliteLog
from frontdoor.log.whole import sentence
from frontdoor.moment import instant, moment_of

SIGNS = ("ok", "warn", "bad")
BACKUP_WARN, BACKUP_BAD = timedelta(days=1), timedelta(days=7)
CHECKS_BAD = timedelta(days=1)
_STILL = timedelta(days=31)
"""Without anything recorded for longer than this, the clock may be ahead."""
_MONTHS_LEFT = 12


@attrs.frozen
class Examination:
    """What was found of a log."""

    findings: tuple[Finding, ...]
    verified: bool
    """False where something shows that what is in it is not what was recorded, or that it cannot be read."""

    @property
    def worst(self) -> str:
        """The worst sign of all."""
        return max((finding.sign for finding in self.findings), key=SIGNS.index)


def examine(
    path: str, *, now: datetime, library: Library | None = None, full: bool = False, syncing: float = 0.3, keys: str | None = None
) -> Examination:  # fmt: skip
    """Look at a log in a file; with `full` follow its whole chain and that of its last backup, which takes longer.

    `library` says which bank holidays count (default: those that the log was kept with, or the shipped ones); `syncing` for how
    many seconds syncs are counted; `keys` names the file of the keys of its details.

    Raises:
        LogError: there is no such file, or it is no log.
    """
    beside = health.beside(path)  # as it is before it is opened
    with suppress(OldSchema, LogTampered):
        SqliteLog(path, read_only=True).close()
    found = list(footing(path, beside, syncing))
    verified = True
    try:
        with SqliteLog(path, read_only=True) as log:
            found += _schema(log)
            if log.lacks_wal:
                found = [one for one in found if (one.check, one.sign) != ("files", "ok")]
                found.append(Finding("files", "bad", sentence(path), "Until then nothing is recorded in it."))
            for check in (
                _whole(full),
                _board(full, library),
                _checks(now),
                _clock(now),
                _calendar(now, library),
                _backup(now, full),
                lambda log: keyring(log, keys, full=full),
            ):
                try:
                    found += check(log)
                except LogTampered as error:
                    found.append(Finding("chain", "bad", str(error), "Restore a backup, and find out what happened."))
                    verified = False
    except LogTampered as error:
        found.append(Finding("chain", "bad", str(error), "Restore a backup, and find out what happened."))
        verified = False
    except OldSchema as error:
        found.append(Finding("schema", "bad", str(error), "Nothing within it was looked at."))
    return Examination(tuple(found), verified)


_Check = Callable[[SqliteLog], Iterator[Finding]]


def _schema(log: SqliteLog) -> Iterator[Finding]:
    found = health.schema_version(log.path)
    if found == schema.VERSION:
        yield Finding("schema", "ok", f"schema {found}, as this frontdoor writes it.")
    else:
        yield Finding(
            "schema", "warn", f"schema {found}, and this frontdoor writes {schema.VERSION}: it is read as it is.",
            "It is brought up to date when it is next written, as 'frontdoor rebuild' does; back it up before.",
        )  # fmt: skip
    mode = health.journal_mode(log.path)
    if mode == "wal":
        yield Finding("durability", "ok", "WAL mode, and a full sync at each commit (synchronous FULL).")
    else:
        yield Finding("durability", "ok", f"not in use ({mode} mode): who writes it turns on WAL mode and full syncs.")


def _whole(full: bool) -> _Check:
    def check(log: SqliteLog) -> Iterator[Finding]:
        size = log.size()
        most = max((made.events for made in backups(log)), default=0)
        if size < most:
            raise LogTampered(
                f"it has {count(size, 'event')}, and had {most:,} when a backup was made: its tail was cut.", size + 1
            )
        if not full:
            health.quick_check(log.path)
            log.last()
            yield Finding(
                "chain",
                "ok",
                f"{count(size, 'event')} in a file that is whole; the chain was not followed (--full does).",
            )
            return
        found = verify(log.records(), log_id=log.log_id)
        log.inspect()
        yield Finding(
            "chain",
            "ok",
            f"{'1 event, as it was' if found.size == 1 else f'{found.size:,} events, all as they were'} recorded; root {_root(str(found))}",
        )

    return check


def _board(full: bool, library: Library | None) -> _Check:
    def check(log: SqliteLog) -> Iterator[Finding]:
        if not full:
            return
        other = astray(Desk(log, library=library or newest_local(log) or load()))
        if other:
            some = ", ".join(other[:5]) + (" and more" if len(other) > 5 else "")
            yield Finding(
                "board", "bad", f"what stands beside the events is not what they say, of {some}: a check may miss what is late there.",
                f"frontdoor rebuild {log.path}, then check; and find out who changed it.",
            )  # fmt: skip
        else:
            yield Finding("board", "ok", "what stands beside the events is what they say.")

    return check


def _checks(now: datetime) -> _Check:
    def check(log: SqliteLog) -> Iterator[Finding]:
        late = log.due(instant(now - CHECKS_BAD), after=(-(1 << 62), ""), limit=1)
        for since, case_id in late:
            yield Finding(
                "checks", "bad", f"a deadline of {case_id} has been late since {moment_of(since):%Y-%m-%d %H:%M} UTC, and no check has raised it.",
                "See that 'frontdoor check' is called, every few minutes, and ends with 0.",
            )  # fmt: skip
        if not late:
            yield Finding("checks", "ok", "no deadline has been late for a day without a breach.")

    return check


def _clock(now: datetime) -> _Check:
    def check(log: SqliteLog) -> Iterator[Finding]:
        last = log.last()
        kept = health.is_synchronised()
        how = {None: "not known whether it is kept in step", True: "kept in step", False: "not kept in step"}[kept]
        said = f"it is {now:%Y-%m-%d %H:%M} UTC, and the time zones are those of {_zones()}; {how} with other clocks"
        later, since = behind(now, last), silent_since(now, last, _STILL)
        if later is not None:
            yield Finding(
                "clock", "bad", f"it is {now:%Y-%m-%d %H:%M} UTC, before what was recorded last, at {later.astimezone(UTC):%Y-%m-%d %H:%M}.",
                "Set the computer's clock: until then nothing can be recorded. If it is right, 'frontdoor accept-clock'.",
            )  # fmt: skip
        elif silent_since(now, last) is not None:
            yield Finding(
                "clock", "bad", f"{said}; nothing has been recorded for over a year: a desk that begins now refuses it.",
                "If it is ahead, set it. If it is right, 'frontdoor accept-clock': until then nothing can be recorded.",
            )  # fmt: skip
        elif since is not None:
            yield Finding(
                "clock", "warn", f"{said}; nothing has been recorded for {(now - since).days} days.",
                "If people have worked in it since, the clock is ahead. If it is right, record on; after a year "
                "'frontdoor accept-clock' is asked for first.",
            )  # fmt: skip
        elif kept is False:
            yield Finding(
                "clock", "warn", f"{said}.", "Let the computer set its clock by NTP: deadlines are told by it."
            )
        else:
            yield Finding("clock", "ok", f"{said}.")

    return check


def _zones() -> str:
    from importlib.metadata import PackageNotFoundError, version
    from zoneinfo import TZPATH

    if any(os.path.exists(os.path.join(folder, "Europe", "London")) for folder in TZPATH):
        return "the system"
    with suppress(PackageNotFoundError):
        return f"the package tzdata {version('tzdata')}"
    return "an unknown source"


def _calendar(now: datetime, library: Library | None) -> _Check:
    def check(log: SqliteLog) -> Iterator[Finding]:
        calendar = (library or newest_local(log) or load()).calendar
        left = (calendar.last - now.year) * 12 + 12 - now.month
        said = f"bank holidays, version {calendar.version}, are known until the end of {calendar.last}"
        update = "Update frontdoor, or lay a newer bank_holidays.toml over it."
        if left < 0:
            yield Finding("calendar", "bad", f"{said}: nothing can be counted any more.", update)
        elif left < _MONTHS_LEFT:
            yield Finding("calendar", "warn", f"{said}: deadlines that begin now may not be countable.", update)
        else:
            yield Finding("calendar", "ok", f"{said}.")
        unknown = sum(1 for deadline in log.deadlines() if not deadline.due or deadline.status == "cannot_tell")
        if unknown:
            of = "one deadline" if unknown == 1 else f"{unknown:,} deadlines"
            advice = "'frontdoor show' says why of each; no breach is raised while it cannot be told."
            yield Finding("deadlines", "warn", f"of {of} it cannot be told when due.", advice)

    return check


def _backup(now: datetime, full: bool) -> _Check:
    def check(log: SqliteLog) -> Iterator[Finding]:
        made, back = backups(log), _restoration(log)
        advice = f"frontdoor backup {log.path} FILE, every day, to another disk."
        if not made and back is None:
            if log.size():
                yield Finding("backup", "bad", "none was ever made of it that it knows of.", advice)
            else:
                yield Finding("backup", "ok", "none yet, and nothing is recorded.")
            return
        file, at, events, root = (
            (back.backup, back.at, back.events, back.root)
            if back
            else (made[-1].file, made[-1].made_at, made[-1].events, made[-1].root)
        )
        length = None if back else made[-1].bytes
        age = now - at
        since = (
            f"{age.days} days"
            if age.days > 1
            else "a day"
            if age.days == 1
            else count(max(age, timedelta()) // timedelta(hours=1), "hour")
        )
        lacks = log.size() - events
        which = "from which the log was restored at" if back else "of"
        said = f"the last is {file}, {which} {at:%Y-%m-%d %H:%M} UTC, {since} ago; {count(lacks, 'event')} {'is' if lacks == 1 else 'are'} not in it"
        wrong = _wrong(file, length, root, log.log_id, full=full)
        if wrong:
            yield Finding("backup", "bad", f"{said}; {wrong}", advice)
        elif age < -SKEW:
            yield Finding("backup", "bad", f"{said}; that is still to come, so a clock was wrong.", advice)
        elif age > BACKUP_WARN:
            limit = f"frontdoor's own limits: {BACKUP_WARN.days} day to warn, {BACKUP_BAD.days} days for bad"
            yield Finding("backup", "bad" if age > BACKUP_BAD else "warn", f"{said} ({limit}).", advice)
        else:
            noted = ", with its checkpoint" if os.path.exists(file + CHECKPOINT) else ""
            looked = ", verified again" if full and noted else "" if back else ", of the length it had"
            how = looked + noted
            yield Finding("backup", "ok", f"{said}; it is there{how}.")

    return check


def _restoration(log: SqliteLog) -> Restoration | None:
    """When the log was last put back from a backup, by its own word; None where it never was, or has been backed up since."""
    notes = list(filter(None, map(read, log.events(""))))
    last = max((made.made_at for made in backups(log)), default=None)
    return notes[-1] if notes and (last is None or last <= notes[-1].at) else None


def _wrong(file: str, length: int | None, root: str, log_id: str, *, full: bool) -> str:
    """What is wrong with the last backup; empty where nothing is. Its `length` is None where the log was put back from it, which
    may have been without a checkpoint."""
    try:
        if os.path.getsize(file) != length and length is not None:
            return "its file is of another length than it had."
        if length is None and not os.path.exists(file + CHECKPOINT):
            return ""
        with open(file + CHECKPOINT, encoding="utf-8") as note:
            noted = read_checkpoint(note.read(1 << 16), file=file + CHECKPOINT)
        if (noted.log_id, _root(str(noted))) != (log_id, root):
            return "the checkpoint beside it is of something else."
        if full:
            with SqliteLog(file, read_only=True) as copy:
                verify(copy.records(), log_id=copy.log_id, checkpoint=noted)
    except OldSchema:
        return ""  # whole when it was made, and of the length it had
    except OSError as error:
        if not isinstance(error, FrontdoorError):
            return f"it cannot be looked at there now: {(error.strerror or str(error)).lower()}."
        raise
    except (LogError, InputError) as error:
        return f"it is not as it was made: {error}"
    return ""


def _root(checkpoint: str) -> str:
    return checkpoint.splitlines()[2]
