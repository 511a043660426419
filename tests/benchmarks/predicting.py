"""How well the next year of every authority is predicted, beside 'the same as last year'.

    python -m tests.benchmarks.predicting --tables FOLDER

Each year is predicted from the years before it alone. Of an authority's figures (its twelve months; its shares of the bands)
the mean absolute error and the root mean square error are taken, each relative to the mean of what came, and averaged
over the authorities. What was not published, in that year or the last, is in no error; what was published in that year
counts for whether the 95% intervals held. The method's constants were chosen on years to 2019; 2020 ends with the first
weeks of a lockdown, and 2021 is the year of the pandemic.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from frontdoor.calibration.predicting import Figure, learn
from frontdoor.calibration.published import Authority, Year, read_published
from frontdoor.library import load

TABLES = Path(__file__).parents[3] / "shared/data/stats"
LIMIT = 0.9
TARGETS = {
    "months": ("months", None),
    "assessment bands": ("assessment_bands", "assessments"),
    "conference bands": ("conference_bands", "conferences"),
}
PANDEMIC = (2020, 2021)


class Row(NamedTuple):
    """What came of one target in one year: errors are relative to the mean of what came."""

    year: int
    target: str
    error: float
    last: float
    square: float
    last_square: float
    held: float
    authorities: int


def published(year: Year | None, name: str, total: str | None) -> np.ndarray:
    """The figures of a year: counts, or, where there is a total, shares; NaN where they were not published."""
    if year is None:
        return np.full(1, np.nan)
    counts = np.array([np.nan if value is None else value for value in getattr(year, name)], float)
    if total is None:
        return counts
    whole = getattr(year, total) if np.isnan(counts).any() else counts.sum()
    return counts / whole if whole else np.full(len(counts), np.nan)


def rows(authorities: Mapping[str, Authority]) -> Iterator[Row]:
    """Every year that can be predicted, target by target."""
    calendar = load().calendar
    years = sorted({year for one in authorities.values() for year in one.years})
    for year in years[1:]:
        predictor = learn(authorities, calendar, until=year - 1)
        if predictor.year != year:
            continue
        for target, (name, total) in TARGETS.items():
            errors, held = [], []
            for authority, prediction in predictor.predictions.items():
                of = authorities[authority].years
                came, last = (published(of.get(one), name, total) for one in (year, year - 1))
                figures: tuple[Figure, ...] = getattr(prediction, name)
                if not figures or np.isnan(came).all():
                    continue
                value, low, high = np.array([(one.value, one.low, one.high) for one in figures]).T
                there = ~np.isnan(came)
                held += list(((low <= came) & (came <= high))[there])
                there = there & ~np.isnan(last)
                if not there.any() or not (mean := came[there].mean()):
                    continue
                ours, theirs = (each[there] - came[there] for each in (value, np.broadcast_to(last, came.shape)))
                errors.append([f(off) / mean for f in (_absolute, _square) for off in (ours, theirs)])
            if errors:
                mean_error, mean_last, square, last_square = np.mean(errors, axis=0)
                yield Row(
                    year, target, mean_error, mean_last, square, last_square, float(np.mean(held)), len(errors)
                )  # fmt: skip


def hindsight(authorities: Mapping[str, Authority], year: int, name: str, total: str) -> float:
    """The error of the best that a line of each band's distance from all others could have said of a year, fitted to that
    very year by least absolute deviations, to that of 'the same as last year'."""
    pairs = [[published(one.years.get(each), name, total) for each in (year - 1, year)] for one in authorities.values()]
    last, came = np.array(
        [pair for pair in pairs if pair[0].shape == pair[1].shape != (1,) and not np.isnan(pair).any()]
    ).transpose(1, 0, 2)
    roots, after = np.sqrt(last), np.sqrt(came)
    foreseen = np.empty_like(roots)
    for band in range(roots.shape[1]):
        said = np.c_[np.ones(len(roots)), roots[:, band] - roots[:, band].mean()]
        changed, counts = after[:, band] - roots[:, band], np.ones(len(roots))
        for _ in range(30):
            left = (said * counts[:, None]).T
            off = changed - said @ np.linalg.solve(left @ said, left @ changed)
            counts = 1 / np.maximum(np.abs(off), 1e-4)
        foreseen[:, band] = np.square(np.maximum(after[:, band] - off, 0))
    foreseen /= foreseen.sum(1, keepdims=True)
    return float(np.abs(foreseen - came).sum() / np.abs(last - came).sum())


def _absolute(off: np.ndarray) -> float:
    return float(np.abs(off).mean())


def _square(off: np.ndarray) -> float:
    return float(np.sqrt(np.square(off).mean()))


def main() -> None:
    """Print the table, and below it the years before the pandemic and those of it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--tables", type=Path, default=TABLES, help="the folder of the published tables")
    tables = parser.parse_args().tables
    if not tables.is_dir():
        sys.exit(f"{tables} is not there: say with --tables where the published tables are.")
    authorities = read_published(tables).authorities
    found = list(rows(authorities))
    print("year  target             error  last year's  ratio   rms ratio  held in 95%  authorities")
    for row in found:
        print(
            f"{row.year}  {row.target:17}{row.error:7.3f}{row.last:13.3f}{row.error / row.last:7.2f}"
            f"{row.square / row.last_square:12.2f}{row.held:13.1%}{row.authorities:13}"
        )
    groups = {
        "to 2019": [row for row in found if row.year < PANDEMIC[0]],
        **{str(year): [row for row in found if row.year == year] for year in PANDEMIC},
        "from 2022": [row for row in found if row.year > PANDEMIC[-1]],
    }
    for label, some in groups.items():
        for target in (*TARGETS, "all three"):
            of = [row for row in some if target in (row.target, "all three")]
            if of:
                ratio = sum(row.error for row in of) / sum(row.last for row in of)
                says = "within" if ratio <= LIMIT else "OVER"
                print(f"{label:9} {target:17} ratio {ratio:.3f}, {says} the limit of {LIMIT}")
    print(
        "in hindsight: a line of the distance from all others, fitted to the very year (of those that published all bands)"
    )
    for target, (name, total) in TARGETS.items():
        if total:
            years = [row.year for row in found if row.target == target and row.year > 2015]
            ratios = (f"{year} {hindsight(authorities, year, name, total):.2f}" for year in years)
            print(f"{target:17} ratio {', '.join(ratios)}")


if __name__ == "__main__":
    main()
