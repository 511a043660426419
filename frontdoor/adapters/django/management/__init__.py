"""What `manage.py` finds of this app."""

from __future__ import annotations

__all__: list[str] = []
