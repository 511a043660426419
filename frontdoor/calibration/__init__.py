"""Scenarios made from what happened: from a log that was replayed, or from published tables."""

from __future__ import annotations

__all__ = ["Calibration", "calibrate", "calibrated"]

from frontdoor.calibration.calibrating import Calibration, calibrate, calibrated
