"""`manage.py rq_worker`: `db_worker` for tasks on Redis, with the same heartbeat, schedule and recovery."""

import logging
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.utils.module_loading import import_string

from apps.tasks.worker import Heart

LEVELS = {0: logging.CRITICAL, 1: logging.WARNING, 2: logging.INFO}


class Command(BaseCommand):
    """Runs queued and periodic tasks until it is told to stop."""

    help = "Run queued and periodic tasks, where the queue is on Redis."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--until-empty", action="store_true", help="Stop when nothing is queued.")

    def handle(self, *, until_empty: bool, verbosity: int, **_options: Any) -> None:
        if not settings.TASKS_ARE_ON_REDIS:
            raise CommandError("The queue is in the database: start manage.py db_worker, or set TASKS_BACKEND=rq.")
        worker = import_string("apps.tasks.redis_worker.RedisWorker")()  # needs the extra, which may not be installed
        # The library sets the second one's when it is imported.
        for name in ("rq", "rq.worker", "django_tasks"):
            logging.getLogger(name).setLevel(LEVELS.get(verbosity, logging.DEBUG))
        with Heart(worker).beating():
            worker.run(until_empty=until_empty)
