"""`manage.py frontdoor_check`: raise a breach of every deadline that has run out, once."""

from __future__ import annotations

__all__ = ["Command"]

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from frontdoor.adapters.django import desk
from frontdoor.case import Breach
from frontdoor.desk.desk import Desk
from frontdoor.desk.schedule import telling
from frontdoor.errors import FrontdoorError
from frontdoor.report import check_text


class Command(BaseCommand):
    """For cron, or a container that runs it every few minutes; any number may run at once."""

    help = "Raise a breach of every deadline that has run out, once, and print it."

    def handle(self, *args: Any, **options: Any) -> None:
        """Check, and print what was raised."""
        opened = desk()
        try:
            self._say(opened, telling(opened.check, lambda raised: self._say(opened, raised)))
        except FrontdoorError as error:
            raise CommandError(str(error)) from None

    def _say(self, opened: Desk, raised: list[Breach]) -> None:
        for line in check_text.raised(raised, opened.library.calendar):
            self.stdout.write(line)
