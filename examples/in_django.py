"""In Django: one app, one setting; a view records, a signal tells, and a command checks."""

from datetime import UTC, datetime

try:
    import django
    from django.conf import settings
    from django.core.management import call_command
    from django.dispatch import receiver
    from django.http import HttpResponse
    from django.test import Client
    from django.urls import path
except ImportError as missing:
    raise SystemExit(f"It needs {missing.name}, which is not installed: pip install 'frontdoor[django]'") from None
from frontdoor import Desk, MemoryLog, SimulatedClock
from frontdoor.adapters.django import desk, recorded

clock, log = SimulatedClock(datetime(2024, 3, 4, 9, tzinfo=UTC)), MemoryLog()


def receive(request, case_id):
    desk().record(case_id, "contact.receive", actor="o-12", role="referral_officer", details={"source": "6"})
    return HttpResponse(f"{case_id} is safe", status=201)


@receiver(recorded)
def tell(sender, event, episode, **kwargs):
    print("safely in the log:", event.event, "of", event.case_id)


urlpatterns = [path("cases/<case_id>/contact", receive)]
settings.configure(  # a site has these in settings.py, and FRONTDOOR_LOG = "borough.db" in the place of the last
    ROOT_URLCONF=__name__, ALLOWED_HOSTS=["testserver"], INSTALLED_APPS=["frontdoor.adapters.django"],
    FRONTDOOR_DESK=lambda after: Desk(log, clock=clock, after=after),
)  # fmt: skip
django.setup()
print(Client().post("/cases/C-1/contact").content.decode())
clock.set(datetime(2024, 3, 6, 9, tzinfo=UTC))
call_command("frontdoor_check")  # python manage.py frontdoor_check, from cron every five minutes
