"""A scenario of an authority's next year, made of published tables: what comes is theirs, and the desk that deals with it assumed."""

from __future__ import annotations

__all__ = ["Foreseen", "Made", "Row", "Score", "scenario_of_tables", "score"]

from frontdoor.calibration.from_published.foreseen import Foreseen, Row, Score, score
from frontdoor.calibration.from_published.making import Made, scenario_of_tables
