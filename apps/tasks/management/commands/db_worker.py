"""`manage.py db_worker`: the library's worker with a heartbeat, a schedule and a sweeper."""

import logging
from argparse import ArgumentParser
from typing import Any

from django.conf import settings
from django.core.management.base import CommandError
from django_tasks_db.compat import TASKS_LOGGER
from django_tasks_db.management.commands import db_worker

from apps.tasks.worker import Heart, Worker

LOOKS_FOR_WORK_EVERY_SECONDS = 0.1
LEVELS = {0: logging.CRITICAL, 1: logging.WARNING, 2: logging.INFO}


class Command(db_worker.Command):
    """Runs queued and periodic tasks until it is told to stop."""

    help = "Run queued and periodic tasks."

    def add_arguments(self, parser: ArgumentParser) -> None:
        if settings.TASKS_ARE_ON_REDIS:
            parser.error("The queue is on Redis: start manage.py rq_worker, or take TASKS_BACKEND=rq away.")
        super().add_arguments(parser)
        parser.set_defaults(reload=False, interval=LOOKS_FOR_WORK_EVERY_SECONDS)

    def configure_logging(self, verbosity: int) -> None:
        level = LEVELS.get(verbosity, logging.DEBUG)
        logging.getLogger(TASKS_LOGGER).setLevel(level)
        # The library warns of every stop, also of the one that was asked for.
        logging.getLogger("django_tasks_db").setLevel(logging.ERROR if level == logging.WARNING else level)

    def handle(
        self,
        *,
        verbosity: int,
        queue_name: str,
        exclude_queues: str,
        interval: float,
        batch: bool,
        backend_name: str,
        startup_delay: bool,
        reload: bool,
        max_tasks: int | None,
        worker_id: str,
        **_options: Any,
    ) -> None:
        if reload:
            raise CommandError("This worker does not reload: a task could be cut off. Restart it instead.")
        self.configure_logging(verbosity)
        worker = Worker(
            queue_names=queue_name.split(","),
            excluded_queue_names=exclude_queues.split(",") if exclude_queues else [],
            interval=interval,
            batch=batch,
            backend_name=backend_name,
            startup_delay=startup_delay,
            max_tasks=max_tasks,
            worker_id=worker_id,
        )
        worker.configure_signals()
        with Heart(worker).beating():
            worker.run()
