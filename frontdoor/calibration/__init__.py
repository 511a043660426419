"""Scenarios made from what happened: from a log that was replayed, or from published tables."""
