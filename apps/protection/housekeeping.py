"""The periodic tasks of this app. Each may run twice without harm."""

from datetime import timedelta
from typing import Final

from django_tasks import task

from apps.audit import clock
from apps.protection import retention
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


SCHEDULE: Final = (
    Periodic(purge_records, every=timedelta(hours=1)),
    Periodic(purge_traffic, every=timedelta(days=1)),
)
