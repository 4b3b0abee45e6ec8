"""The periodic tasks that keep the house in order. Each may run twice without harm."""

from datetime import timedelta

from django.contrib.sessions.models import Session
from django_tasks import task
from django_tasks_db.models import DBTaskResult

from apps.accounts.models import SentForm
from apps.api_keys import notices
from apps.api_keys import operations as api_keys
from apps.api_keys.usage_models import KeyNetwork, KeyUsage
from apps.audit import clock
from apps.audit.record import Source
from apps.credits.operations import expire_all_credits
from apps.ocr.models import ImageTask
from apps.sites import purging
from apps.sites.models import SiteRequest
from apps.tasks.models import SiteImport, Task

KEEP_TASK_RESULTS_FOR = timedelta(days=30)
KEEP_SENT_FORMS_FOR = timedelta(days=7)


@task()
def purge_sessions() -> int:
    """Delete the sessions that have expired.

    Returns:
        How many.
    """
    deleted, _ = Session.objects.filter(expire_date__lt=clock.now()).delete()
    return deleted


@task()
def purge_sent_forms() -> int:
    """Forget the forms that were sent more than 7 days ago.

    Returns:
        How many.
    """
    deleted, _ = SentForm.objects.filter(sent_at__lt=clock.now() - KEEP_SENT_FORMS_FOR).delete()
    return deleted


@task()
def record_expired_keys() -> int:
    """Write the expiry of API keys that has passed into the audit log.

    Returns:
        How many keys expired since the last time.
    """
    return api_keys.record_expired_keys()


@task()
def expire_credits() -> int:
    """Take back the credits whose end has passed.

    Returns:
        How many credits.
    """
    return expire_all_credits(Source("worker"))


@task()
def warn_of_expiry() -> int:
    """Mail those concerned 7 days and 1 day before an API key expires.

    Returns:
        How many keys they were told of.
    """
    return notices.warn_of_expiry()


@task()
def purge_key_usage() -> int:
    """Forget what keys were used for more than 30 days ago, and networks that they have not been used from for 180.

    Returns:
        How many counts and networks.
    """
    now = clock.now()
    counts, _ = KeyUsage.objects.outdated(now).delete()
    networks, _ = KeyNetwork.objects.outdated(now).delete()
    return counts + networks


@task()
def purge_deleted() -> int:
    """Let go for good of the sites and organizations that were deleted 30 days ago.

    Returns:
        How many.
    """
    return len(purging.purge_deleted(Source("worker")))


@task()
def purge_site_requests() -> int:
    """Forget the named requests for new sites that came more than 24 hours ago.

    Returns:
        How many.
    """
    deleted, _ = SiteRequest.objects.outdated(clock.now()).delete()
    return deleted


@task()
def purge_task_results() -> int:
    """Delete the queue's entries that finished more than 30 days ago.

    Returns:
        How many.
    """
    deleted, _ = DBTaskResult.objects.finished().filter(finished_at__lt=clock.now() - KEEP_TASK_RESULTS_FOR).delete()
    return int(deleted)


@task()
def purge_tasks() -> int:
    """Forget the tasks that finished more than 30 days ago, and what became of their items.

    Returns:
        How many tasks and items.
    """
    deleted, _ = Task.objects.outdated(clock.now()).delete()
    return deleted


@task()
def purge_site_imports() -> int:
    """Forget the files that were tried out more than a day ago and not imported.

    Returns:
        How many.
    """
    deleted, _ = SiteImport.objects.outdated(clock.now()).delete()
    return deleted


@task()
def purge_image_tasks() -> int:
    """Forget the texts that were read in images more than 24 hours ago.

    Returns:
        How many tasks.
    """
    deleted, _ = ImageTask.objects.outdated(clock.now()).delete()
    return deleted
