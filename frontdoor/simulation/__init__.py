"""A duty desk simulated: who brings contacts and who deals with them, through the same workflows and the same kernel."""

from __future__ import annotations

__all__ = ["Results", "Scenario", "Simulation", "load_scenario", "log_of", "simulate"]

from frontdoor.simulation.logbook import log_of
from frontdoor.simulation.results import Results
from frontdoor.simulation.scenario import Scenario
from frontdoor.simulation.scenario_file import load_scenario
from frontdoor.simulation.simulating import Simulation, simulate
