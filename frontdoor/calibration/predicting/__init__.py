"""From the published years of every authority, the next year of one: referrals by month, shares of durations by band."""

from __future__ import annotations

__all__ = ["Figure", "Prediction", "Predictor", "learn"]

from frontdoor.calibration.predicting.predictor import Figure, Prediction, Predictor, learn
