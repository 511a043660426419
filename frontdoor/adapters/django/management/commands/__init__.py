"""The commands of this app, a module each."""

from __future__ import annotations

__all__: list[str] = []
