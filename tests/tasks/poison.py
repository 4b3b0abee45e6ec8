"""An item that kills whatever worker takes it, as running out of memory would."""

import importlib
import os
from typing import Any

from django.apps import AppConfig


class PoisonConfig(AppConfig):
    name = "tests.tasks"
    label = "poison"

    def ready(self) -> None:
        site_work: Any = importlib.import_module("apps.tasks.site_work")
        create = site_work.create_site

        def poisoned(actor: Any, given: Any) -> Any:
            if given["name"] == "Site-1":
                os._exit(9)
            return create(actor, given)

        site_work.WORKERS["sites.create"] = poisoned
