"""What was predicted of a year, beside what came of it and the year before: figure by figure, and in all."""

from __future__ import annotations

__all__ = ["Foreseen", "Row", "Score", "foreseen", "score"]

from collections.abc import Sequence

import attrs

from frontdoor.calibration.predicting import Figure, Prediction
from frontdoor.calibration.published import ASSESSMENT_BANDS, CONFERENCE_BANDS, MONTHS, Authority, Counts, Year


@attrs.frozen
class Row:
    """One figure: referrals of a month, or the share of a band; None: it was not published, or the year is not there yet."""

    name: str
    predicted: Figure
    last: float | None
    """Of the year before."""
    came: float | None

    @property
    def held(self) -> bool | None:
        """Whether what came lies in the interval."""
        return None if self.came is None else self.predicted.low <= self.came <= self.predicted.high


@attrs.frozen
class Score:
    """How far predictions were off what came, on average, relative to the mean of what came, where the year before is known."""

    error: float | None
    as_last_year: float | None
    """The same of 'the same as last year'."""
    held: int
    """How many intervals held what came."""
    of: int

    @property
    def ratio(self) -> float | None:
        """Of the first to the second: below 1, the prediction was better."""
        return self.error / self.as_last_year if self.error is not None and self.as_last_year else None


@attrs.frozen
class Foreseen:
    """A year of an authority as it was predicted, by what is predicted: months, durations of assessments, and of conferences."""

    authority: str
    year: int
    months: tuple[Row, ...]
    assessment_bands: tuple[Row, ...]
    conference_bands: tuple[Row, ...]


def foreseen(prediction: Prediction, authority: Authority) -> Foreseen:
    """A prediction beside what is published of its year and the one before."""
    came, last = (authority.years.get(year) for year in (prediction.year, prediction.year - 1))

    def rows(name: str, names: Sequence[str], total: str = "") -> tuple[Row, ...]:
        figures: tuple[Figure, ...] = getattr(prediction, name)
        each = (published(year, name, total) for year in (last, came))
        return tuple(map(Row, (_shown(one) for one in names), figures, *each))

    return Foreseen(
        prediction.authority,
        prediction.year,
        rows("months", MONTHS),
        rows("assessment_bands", ASSESSMENT_BANDS, "assessments"),
        rows("conference_bands", CONFERENCE_BANDS, "conferences"),
    )


def published(year: Year | None, name: str, total: str) -> tuple[float | None, ...]:
    """The figures of a year: counts, or, with the name of their total, shares of it."""
    counts: Counts = (None,) * 12 if year is None else getattr(year, name)
    if not total or year is None:
        return counts
    whole = getattr(year, total) if None in counts else sum(one or 0 for one in counts)
    return tuple(one / whole if one is not None and whole else None for one in counts)


def score(rows: Sequence[Row]) -> Score | None:
    """How well some figures were predicted; None: not one of them is published yet."""
    held = [one.held for one in rows if one.held is not None]
    if not held:
        return None
    both = [(one.predicted.value, one.came, one.last) for one in rows if one.came is not None and one.last is not None]
    mean = sum(came for _, came, _ in both) / len(both) if both else 0.0
    if not mean:
        return Score(None, None, sum(held), len(held))
    ours, theirs = (sum(abs(one[i] - one[1]) for one in both) / len(both) / mean for i in (0, 2))
    return Score(ours, theirs, sum(held), len(held))


def _shown(name: str) -> str:
    """A band's name as people write it."""
    return name.replace("Duration_", "").replace("_", " ")
