"""The periodic tasks of this app. Each may run twice without harm."""

from datetime import timedelta
from typing import Final

from django_tasks import task

from apps.audit import clock
from apps.protection import retention
from apps.protection.spent_models import purge_expired
from apps.tasks.schedule import Periodic


@task()
def purge_records() -> int:
    """Forget the records that are older than the settings keep them.

    Returns:
        How many.
    """
    return retention.purge_records(clock.now())


@task()
def purge_traffic() -> int:
    """Forget the counts that are older than the settings keep them.

    Returns:
        How many.
    """
    return retention.purge_traffic(clock.now())


@task()
def purge_challenges() -> int:
    """Forget the challenges that expired more than an hour ago.

    Returns:
        How many.
    """
    return purge_expired(clock.now())


SCHEDULE: Final = (
    Periodic(purge_challenges, every=timedelta(minutes=10)),
    Periodic(purge_records, every=timedelta(hours=1)),
    Periodic(purge_traffic, every=timedelta(days=1)),
)
