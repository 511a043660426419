"""What the commands share: options, how mistakes are told, where text and tables go."""

from __future__ import annotations

__all__ = [
    "MOMENT", "compiling_once", "complain", "console", "counting", "library_options", "progress", "say", "say_json", "say_table", "seed_option",
    "shown", "without_password", "write_table", "written_to",
]  # fmt: skip

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeVar

import click

from frontdoor.errors import (
    Busy,
    Conflict,
    FrontdoorError,
    InputError,
    InvalidWorkflow,
    IsThere,
    LogTampered,
    MissingExtra,
    MissingProgram,
    MomentError,
    UnknownCase,
    UnknownWorkflow,
)
from frontdoor.moment import Happened, parse

if TYPE_CHECKING:
    import polars as pl
    from rich.console import Console

_Command = TypeVar("_Command", bound=Callable[..., Any])


class _Moment(click.ParamType):  # type: ignore[type-arg]  # generic only in newer releases
    name = "moment"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Happened:
        try:
            return parse(str(value))
        except MomentError as error:
            self.fail(str(error), param, ctx)


_WIDTH = 110
MOMENT = _Moment()
"""A date (the whole of it) or a moment, as people write them."""


def library_options(command: _Command) -> _Command:
    """The options that choose the workflows: `--local`, `--guidance`, `--workflows`."""
    for option in (
        click.option("--workflows", metavar="DIR", help="A folder of workflow files instead of the shipped ones."),
        click.option("--guidance", metavar="EDITION", help="Judge all by this edition (default: the one in force)."),
        click.option(
            "--local",
            multiple=True,
            metavar="FILE",
            help="An authority's own file, or the name of a shipped one (default: of a log, those it was kept with).",
        ),
    ):
        command = option(command)
    return command


seed_option = click.option(
    "--seed", type=click.IntRange(0, 2**63 - 1), default=1, show_default=True,
    help="The same seed gives the same numbers, on any machine.",
)  # fmt: skip


def complain(error: FrontdoorError) -> int:
    """Say what is wrong, a line a fault, and give the exit status.

    2 for usage, 3 for what is no good or cannot be done, 4 for a log that does not verify, 5 where trying again may help.
    """
    if isinstance(error, (InputError, InvalidWorkflow)):
        for fault in error.faults:
            say(f"frontdoor: {fault}", err=True)
        return 3
    say(f"frontdoor: {error}", err=True)
    if isinstance(error, LogTampered):
        return 4
    if isinstance(error, Busy) or (isinstance(error, Conflict) and error.expected is not None):
        return 5
    return 2 if isinstance(error, (UnknownWorkflow, UnknownCase, IsThere, MissingExtra, MissingProgram)) else 3


def shown(text: str) -> str:
    """Lines that may hold somebody's text, without what would move a terminal's cursor or turn its writing round, or the password
    in a database's address."""
    from frontdoor.report.layout import plain

    return "\n".join(map(plain, without_password(text).split("\n")))


def without_password(text: str) -> str:
    """Text in which the address of a database may stand, with *** for the password in it, in either form that libpq takes."""
    import re

    text = re.sub(r"(postgres(?:ql)?:/+[^\s:@/]*:)[^\s]*@", r"\1***@", text)
    return re.sub(r"\b((?:ssl)?password\s*=\s*)(?:'(?:[^'\\]|\\.)*'|[^\s&]+)", r"\1***", text)


def say(text: str = "", *, err: bool = False) -> None:
    """Print lines that may hold somebody's text."""
    click.echo(shown(text), err=err)


def say_table(text: str) -> None:
    """Print a table for a program to read: to the letter, unless it is a terminal that is to show it."""
    click.echo(shown(text) if sys.stdout is not None and sys.stdout.isatty() else text, nl=False)


def say_json(found: object, *, indent: int | None = 2) -> None:
    """Print plain values as JSON, with letters as they are and what cannot be seen by its number."""
    import json
    import re

    text = json.dumps(found, ensure_ascii=False, indent=indent)
    click.echo(re.sub("[^\n -~]", lambda one: one[0] if one[0].isprintable() else json.dumps(one[0])[1:-1], text))


def console() -> Console:
    """Where reports are printed: in colour and as wide as the terminal, or plain and 110 wide where there is none; of texts
    in them only what can be seen."""
    from rich.console import Console
    from rich.segment import Segment

    class Shown(Console):
        def render(self, *what: Any, **how: Any) -> Iterator[Segment]:
            for one in super().render(*what, **how):
                yield one if one.control else one._replace(text=shown(one.text))

    if sys.stdout is None or not sys.stdout.isatty():
        return Shown(width=_WIDTH, no_color=True, highlight=False)
    console = Shown()
    console.width = max(console.width, _WIDTH)  # a number cut short would mislead; a long line only wraps
    return console


@contextmanager
def progress(stages: int, *, quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """A bar of so many stages on a terminal, nothing elsewhere; call what it gives with each stage as it begins."""
    if quiet or not sys.stderr.isatty():
        yield lambda stage: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (BarColumn(20), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task("", total=stages, completed=-1)
        yield lambda stage: bar.update(task, description=stage, advance=1)


@contextmanager
def counting(total: int, doing: str) -> Iterator[Callable[[int], None]]:
    """A bar that counts up to a total on a terminal, nothing elsewhere; call what it gives with how many are done."""
    if not sys.stderr.isatty():
        yield lambda done: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing, total=total)
        yield lambda done: bar.update(task, completed=done)


def compiling_once(replications: int) -> None:
    """Say, where it will be so, that the first run on a machine takes longer than others."""
    from frontdoor import fast
    from frontdoor.simulation.replication import MODULES

    if replications > 1 and fast.available() and not fast.is_warm(*MODULES):
        click.echo(
            "frontdoor: the engine is compiled first, once on this machine: that takes a minute or so.", err=True
        )


@contextmanager
def written_to(path: str, *, over: str = "") -> Iterator[None]:
    """Within it a file is written, `over` one of that kind if need be (`cli.kept`).

    Raises:
        IsThere: it is a log, a key or something else that is kept.
        click.UsageError: it cannot be.
    """
    from frontdoor.cli.kept import see_free

    see_free(path, over=over)
    try:
        yield
    except OSError as error:
        raise click.UsageError(f"{path} cannot be written: {error.strerror}.") from None


def write_table(table: pl.DataFrame | Iterable[pl.DataFrame], path: str) -> None:
    """Write a table, whole or in slices, as CSV in UTF-8 to a file, or to standard output for '-'; no spreadsheet runs a text
    of it as a formula.

    Raises:
        click.UsageError: the file cannot be written.
    """
    import polars as pl

    slices = [table] if isinstance(table, pl.DataFrame) else table
    if path == "-":
        for number, part in enumerate(slices):
            say_table(_csv(part, header=not number).decode())
        return
    with written_to(path), open(path, "wb") as file:
        for number, part in enumerate(slices):
            file.write(_csv(part, header=not number))


def _csv(table: pl.DataFrame, *, header: bool) -> bytes:
    """A table as CSV, as cells may hold its texts."""
    import io

    import polars as pl

    from frontdoor.formats.cells import safe_column

    table = table.with_columns(pl.selectors.by_dtype(pl.Enum, pl.Categorical).cast(pl.String))
    texts = [name for name, kind in table.schema.items() if kind == pl.String]
    table = table.with_columns(safe_column(name) for name in texts).with_columns(pl.col(texts).replace("", None))
    text = io.BytesIO()
    table.write_csv(text, include_header=header)
    return text.getvalue()
