"""What Django asks of an app."""

from __future__ import annotations

__all__ = ["FrontdoorConfig"]

from django.apps import AppConfig


class FrontdoorConfig(AppConfig):
    """The app: it has no models, for the log is a database of its own."""

    name = "frontdoor.adapters.django"
    label = "frontdoor"
    verbose_name = "The front door of children's social care"
