"""`frontdoor export`: the events of a log, or of any input, in another format."""

from __future__ import annotations

__all__ = ["command"]

import io
import os
import shutil
import sys
from tempfile import TemporaryFile
from typing import TYPE_CHECKING

import click

from frontdoor.cli.common import say, say_table, written_to
from frontdoor.cli.opening import at_desk, is_on_server, keys_option, see_whether_whole
from frontdoor.errors import did_you_mean

if TYPE_CHECKING:
    import polars as pl

    from frontdoor.event import Event


@click.command("export")
@click.argument("input_", metavar="INPUT")
@click.argument("file", default="-")
@click.option("--format", "format_", metavar="NAME", help="Write this format, not the one that FILE's name tells of.")
@click.option("--mapping", metavar="M.toml", help="Read INPUT, a CSV file of another shape, through this mapping.")
@click.option(
    "--pseudonymise", metavar="KEYFILE", help="Of a log, as CSV: with pseudonyms under this key, and no free text."
)
@click.option("--new-key", is_flag=True, help="Make KEYFILE, of random bytes that only you may read.")
@keys_option
def command(
    input_: str,
    file: str,
    *,
    format_: str | None,
    mapping: str | None,
    pseudonymise: str | None,
    new_key: bool,
    keys: str | None,
) -> int:
    """Write the events of INPUT, a log or any file that can be audited, to FILE (default: standard output).

    The format is that of FILE's name: .csv (a flat event log), .parquet, .xes and .xes.gz, .jsonocel, .xmlocel and .sqlite (OCEL
    2.0), .xlsx (Annex A, lists 1 to 5) or .xml (a CIN census). What it cannot carry is said. Of a log, events are written as they
    stand: corrected ones as corrected; what was struck out, and what the desk noticed itself, is left out. As CSV `frontdoor
    import` reads it back: each event has its id, and comes in once.

    With --pseudonymise cases, workers, families, teams, episodes and ids have pseudonyms: the same key gives the same, so that two
    exports can be joined, and siblings still share a family; another key gives others. Of details it is kept that those the rules
    need were given, and codes; no text. An audit finds the same in it. It is pseudonymised, not anonymous, and remains personal
    data: moments stay as they are, and dates may tell who somebody is. Keep the key from whoever has the file.

    \b
    Example:
      frontdoor export borough.db events.csv
      frontdoor export borough.db events.jsonocel
      frontdoor export borough.db events.csv --pseudonymise borough.key --new-key
      frontdoor export census.xml events.parquet
    """
    beside = {os.path.realpath(input_ + end) for end in ("", "-wal", "-shm", "-journal")}
    linked = os.path.exists(file) and os.path.exists(input_) and os.path.samefile(file, input_)
    if file != "-" and (linked or os.path.realpath(file) in beside):
        raise click.UsageError(f"{file} is the input itself: name another file to write the events to.")
    from frontdoor.formats import WRITTEN, read, telling, write
    from frontdoor.report.words import count

    if format_ is not None and format_ not in WRITTEN:
        raise click.BadParameter(
            f"{format_!r} is no format that is written.{did_you_mean(format_, WRITTEN)}", param_hint="--format"
        )
    if new_key and pseudonymise is None:
        raise click.UsageError("--new-key makes the key of --pseudonymise KEYFILE: name it.")
    is_csv = format_ == "flat-csv" or (format_ is None and (file == "-" or file.lower().endswith(".csv")))
    is_log = is_on_server(input_) or (
        mapping is None and input_ != "-" and telling.told(telling.opened(input_)) == "frontdoor-log"
    )
    if keys is not None and not is_log:
        raise click.UsageError("--keys are a log's, and INPUT is none.")
    if is_on_server(input_) and not is_csv:
        raise click.UsageError(
            f"of a log in a database only CSV is written: 'frontdoor export ADDRESS events.csv', then 'frontdoor export events.csv {file}'."
        )
    if is_csv and is_log:
        return _log(input_, file, pseudonymise, new_key=new_key, keys=keys)
    if pseudonymise is not None:
        raise click.UsageError(
            "only a log of our own is written with pseudonyms, and only as CSV; write that in another format."
        )
    if file == "-" and not is_csv:
        raise click.UsageError("only a flat event log can go to standard output: name a file.")
    see_whether_whole([input_])
    if keys is None:
        source = read(input_, mapping=mapping, hashed=False)
    else:
        from frontdoor.formats import frontdoor_log

        source = frontdoor_log.read(input_, input_, keys=keys)
    for line in source.rejected[:10]:
        say(f"frontdoor: row {line.row}, column {line.column}: {line.text!r} {line.reason}", err=True)
    if file == "-":
        from frontdoor.formats.flat_csv import as_text

        say_table(as_text(source))
        return 0
    with written_to(file):
        said = write(source, file, format=format_)
    if is_log and keys is None:
        _say_withheld(_withheld(source.events))
    say(f"{count(source.events.height, 'event')} read, and written to {file}.")
    for sentence in said:
        say(f"  {sentence}")
    return 0


def _withheld(events: pl.DataFrame) -> int:
    """Of how many events of a log the words are not among what was read."""
    import polars as pl

    from frontdoor.formats.source import DETAIL
    from frontdoor.log.shown import NOT_GIVEN

    said = [pl.col(name).cast(pl.String) == NOT_GIVEN for name in events.columns if name.startswith(DETAIL)]
    return events.filter(pl.any_horizontal(said)).height if said else 0


def _say_withheld(events: int) -> None:
    """Say of how many events the words were not written, as no keys were given."""
    from frontdoor.report.words import count

    if events:
        said = f"the words of {count(events, 'event')} are sealed, and '(sealed)' stands in their place: --keys FILE has them."
        say(f"frontdoor: {said}", err=True)


def _log(log: str, file: str, key: str | None, *, new_key: bool, keys: str | None) -> int:
    from frontdoor.desk.importing import take_out
    from frontdoor.log.shown import is_withheld
    from frontdoor.report.words import count

    withheld = 0

    def notice(fact: Event) -> None:
        nonlocal withheld
        withheld += is_withheld(fact.details)

    with at_desk(log, read_only=True, keys=keys) as desk:
        pseudonyms = None
        if key is not None:
            from frontdoor.desk import pseudonyms as made

            if new_key:
                made.new_key(key)
            compiled = desk.rulebook.compiled
            pseudonyms = made.Pseudonyms(made.read_key(key), roles=compiled.roles, needs=compiled.details)
        if file == "-":
            if not sys.stdout.isatty():
                take_out(desk, sys.stdout, pseudonyms=pseudonyms, notice=notice)
            else:
                read = io.StringIO()
                take_out(desk, read, pseudonyms=pseudonyms, notice=notice)
                say_table(read.getvalue())
            _say_withheld(withheld)
            return 0
        folder = os.path.dirname(os.path.realpath(file))
        with written_to(file), TemporaryFile("w+", encoding="utf-8", newline="", dir=folder) as whole:
            events = take_out(desk, whole, pseudonyms=pseudonyms, notice=notice)
            whole.seek(0)
            with open(file, "w", encoding="utf-8", newline="") as out:  # once all of it could be read
                shutil.copyfileobj(whole, out)
    how = f", with pseudonyms under {key}: still personal data" if key is not None else ""
    say(f"{count(events, 'event')} written to {file}{how}.")
    _say_withheld(withheld)
    return 0
