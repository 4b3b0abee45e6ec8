"""Settings of workers that die over the second item of every task."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS as _APPS

INSTALLED_APPS = [*_APPS, "tests.tasks.poison.PoisonConfig"]
