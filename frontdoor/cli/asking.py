"""What may be asked of an audit beside its tables: a part of it, a comparison, a sample; and who folds it."""

from __future__ import annotations

__all__ = ["Asked", "as_object", "executing", "show"]

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING, Any

import attrs
import click

from frontdoor.errors import MissingExtra, MomentError, did_you_mean
from frontdoor.moment import Happened, Span, parse

if TYPE_CHECKING:
    from concurrent.futures import Executor

    from rich.console import Console

    from frontdoor.library import Library
    from frontdoor.replay.audit import Audit
    from frontdoor.replay.comparing import Comparison
    from frontdoor.replay.facts import Facts
    from frontdoor.replay.measures.two_clocks import SideBySide
    from frontdoor.replay.sampling import Sample

_PARTS = ("team", "worker", "source", "priority", "workflow", "period")
_RULES = ("guidance", "local")
_SIZE = re.compile(r"[0-9]{1,9}|[0-9]{1,3}(\.[0-9]{1,9})?%")
_MANY = re.compile(r"[1-9][0-9]{0,4}")


@attrs.frozen
class Asked:
    """A comparison and a sample, as they were asked for."""

    only: dict[str, str]
    parts: dict[str, str]
    """What the other side of a comparison is cut out by."""
    rules: dict[str, str]
    """What the other side is judged by."""
    files: tuple[str, ...]
    """What the other side is read from; none: the same records."""
    size: str | None
    by: tuple[str, ...]
    spread: str
    seed: str
    stated: dict[str, str]
    """What the authority itself says of a clock."""

    @classmethod
    def of(
        cls, only: tuple[str, ...], against: tuple[str, ...], size: str | None, by: tuple[str, ...], spread: str, seed: str,
        stated: tuple[str, ...], *, used: bool,
    ) -> Asked:  # fmt: skip
        """Read the options; `used` says whether measures are written, of a part if one is wanted.

        Raises:
            click.UsageError: one of them says nothing that can be done.
        """
        parts, rules, files = {}, {}, []
        for one in against:
            what, mark, value = one.partition("=")
            if mark and what in _PARTS:
                parts[what] = value
            elif mark and what in _RULES:
                rules[what] = value
            else:
                files.append(one)
        wanted = _named(only)
        if only and not (against or size or used):
            raise click.UsageError(
                "--only says what --measures, --against and --sample count; tables and reports are of everything: name one of these."
            )
        if size is None and (by or spread):
            raise click.UsageError("--by and --spread say how a --sample is drawn: say how large it is, too.")
        if size is not None and not _SIZE.fullmatch(size):
            raise click.UsageError(f"--sample {size!r} is neither a number of cases nor a share: write 2, or 10%.")
        said = {}
        for one in stated:
            timer, mark, length = one.partition("=")
            if not mark or "." not in timer:
                raise click.UsageError(f"--stated {one!r} states no clock: write 'referral.decision=24 hours'.")
            said[timer.strip()] = length.strip()
        return cls(wanted, parts, rules, tuple(files), size, by, spread, seed, said)

    def part(self, audit: Audit) -> Facts:
        """The facts of an audit, counting only the part that was asked for."""
        return part_of(audit, self.only)

    def compared(
        self, audit: Audit, library: Library | None, *, workflows: str | None, as_at: Happened | None,
        as_known_at: Happened | None,
    ) -> Comparison | None:  # fmt: skip
        """The comparison, where one was asked for."""
        if not (self.parts or self.rules or self.files):
            return None
        from frontdoor.formats import read
        from frontdoor.library import load
        from frontdoor.replay import comparing
        from frontdoor.replay.audit import run

        other = audit
        if self.rules:
            local = (self.rules["local"],) if "local" in self.rules else ()
            library = load(workflows, local=local, guidance=self.rules.get("guidance"))
        if self.files:
            other = run(read(*self.files, hashed=False), library, as_at=as_at, as_known_at=as_known_at)
        elif self.rules:  # as at the same moments, which of matched files differ by child
            other = run(audit.source, library, as_at=as_at, as_known_at=as_known_at)
        return comparing.compare(self.part(audit), part_of(other, self.parts or self.only))

    def drawn(self, audit: Audit) -> Sample | None:
        """The sample, where one was asked for."""
        if self.size is None:
            return None
        from frontdoor.replay.sampling import sample

        share = self.size if self.size.endswith("%") else None
        try:
            return sample(
                self.part(audit),
                size=None if share else int(self.size),
                share=share,
                by=self.by,
                stratify=self.spread,
                seed=self.seed,
            )
        except ValueError as error:
            raise click.UsageError(f"--sample: {error}") from None

    def sides(self, audit: Audit) -> list[SideBySide]:
        """The clocks that are counted in more than one way."""
        from frontdoor.replay.measures.two_clocks import two_clocks

        return two_clocks(audit, statements=self.stated)


def as_object(
    comparison: Comparison | None, drawn: Sample | None, sides: Sequence[SideBySide] | None
) -> dict[str, Any]:
    """What was asked for, as `--json` prints it."""
    from frontdoor.report import asked

    found: dict[str, Any] = {}
    if comparison is not None:
        found["comparison"] = asked.comparison_object(comparison)
    if drawn is not None:
        found["sample"] = asked.sample_object(drawn)
    if sides is not None:
        found["clocks"] = asked.sides_object(sides)
    return found


def show(
    found: Audit, comparison: Comparison | None, drawn: Sample | None, sides: Sequence[SideBySide] | None, console: Console, *,
    reports: Sequence[str] = (),
) -> None:  # fmt: skip
    """Print the summary and what was asked for, a comparison first; and what each report has of it."""
    from frontdoor.report import asked, summary

    if comparison is not None:
        asked.show_comparison(comparison, console)
        asked.show_everything(found, comparison, console)
    else:
        summary.show(found, console)
    if sides is not None:
        asked.show_sides(sides, console)
    if drawn is not None:
        asked.show_sample(drawn, console, reported=bool(reports))
    asked.show_reports(reports, comparison, drawn, console)


def _named(only: tuple[str, ...]) -> dict[str, str]:
    found = {}
    for one in only:
        what, mark, value = one.partition("=")
        if not mark or what not in _PARTS:
            raise click.UsageError(
                f"--only {one!r} cuts nothing out: write {', '.join(f'{part}=' for part in _PARTS[:-1])} or "
                f"period=2009-10-01/2009-12-31.{did_you_mean(what, _PARTS)}"
            )
        found[what] = value
    return found


def part_of(audit: Audit, wanted: dict[str, str]) -> Facts:
    """The facts of an audit, counting only a part where one is wanted."""
    from frontdoor.replay import facts

    known = facts.of(audit)
    if not wanted:
        return known
    first = last = None
    if "period" in wanted:
        try:
            period = parse(wanted["period"])
        except MomentError:
            period = None
        if not isinstance(period, Span):
            message = f"period {wanted['period']!r} is no span of days, first to last: write 2009-10-01/2009-12-31."
            raise click.UsageError(message)
        first, last = period.first, period.last
    named = {what: value for what, value in wanted.items() if what != "period"}
    for what, value in named.items():
        there = known.episodes[what].drop_nulls().unique().sort().to_list()
        if value not in there:
            shown = f" There are: {', '.join(there[:12])}{' and others' if len(there) > 12 else ''}." if there else ""
            raise click.UsageError(f"no episode has the {what} {value!r}.{did_you_mean(value, there) or shown}")
    return known.only(first=first, last=last, **named)


@contextmanager
def executing(where: str | None) -> Iterator[Executor | None]:
    """Workers to fold on: None (here), 'processes' or 'processes:4', or the address of a dask cluster."""
    if where is None:
        yield None
        return
    kind, _, many = where.partition(":")
    if kind == "processes":
        if where != kind and not _MANY.fullmatch(many):
            raise click.UsageError(f"--executor {where!r}: write processes, or processes:4.")
        import multiprocessing
        from concurrent.futures import ProcessPoolExecutor

        start = multiprocessing.get_context("spawn")  # polars has threads, which a fork would lose
        with ProcessPoolExecutor(int(many) if many else None, mp_context=start) as workers:
            yield workers
    elif "://" in where:
        try:
            client_of: Any = import_module("distributed").Client
        except ImportError as error:
            raise MissingExtra("Folding on a dask cluster", "distributed", "dask") from error
        try:
            client = client_of(where, timeout="10s")
        except (OSError, ValueError) as error:
            raise click.UsageError(f"--executor {where}: no cluster answers there ({error}).") from None
        with client:
            yield client.get_executor()
    else:
        raise click.UsageError(
            f"--executor {where!r} is none: write processes, processes:4, or the address of a dask cluster (tcp://HOST:PORT)."
        )
