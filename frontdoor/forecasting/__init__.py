"""The morning forecast: which of the deadlines that run now are likely to be missed, told from the work that is open.

audit = frontdoor.replay.audit.run("log.csv", as_at="2016-01-18T08:00")
found = forecast(audit, scenario, library, days=10)
found.deadlines[0].missed     # the probability of the likeliest, with its interval
"""

from __future__ import annotations

__all__ = ["Deadline", "Forecast", "Option", "Score", "forecast", "moments_of", "score"]

from frontdoor.forecasting.forecast import Deadline, Forecast, Option, forecast
from frontdoor.forecasting.scoring import Score, moments_of, score
