"""Replaying event logs: lay a source's events out as columns, fold them through the kernel, judge, and say what was found."""
