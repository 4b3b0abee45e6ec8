"""What every test stands on: settings that are quick and quiet, and a flush that the audit log allows."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.core import mail
from django.core.cache import cache
from django.db import connections
from django.test import override_settings

from apps.protection import pace, recording
from tests import emptying

pytest_plugins = ["tests.people"]

TEST_SETTINGS = {
    "KEY_USAGE_IS_FLUSHED_EVERY_SECONDS": 0,  # no thread beside the tests: those about usage flush themselves
    "RECORDS_ARE_FLUSHED_EVERY_SECONDS": 0,  # likewise
    "STORAGES": {"staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}},
    "CACHES": {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    "EMAIL_BACKEND": "django.core.mail.backends.locmem.EmailBackend",
    # Argon2 takes a tenth of a second a password. Tests of the product's own hasher ask for `real_hasher`.
    "PASSWORD_HASHERS": ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS],
}


def pytest_configure() -> None:
    """Let what a test commits be removed quickly, and past the guards of the audit log and the ledger."""
    emptying.install()


@pytest.fixture(scope="session", autouse=True)
def _test_settings() -> Iterator[None]:
    """The settings of every test; the directory of collected files exists, as whitenoise expects."""
    Path(str(settings.STATIC_ROOT)).mkdir(parents=True, exist_ok=True)
    with override_settings(**TEST_SETTINGS):
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings(django_db_modify_db_settings_parallel_suffix: None) -> None:
    """No pool: a connection that waits in one would keep the test database from being dropped."""
    options = connections["default"].settings_dict.get("OPTIONS", {})
    if options.pop("pool", None):
        connections["default"].settings_dict["CONN_MAX_AGE"] = 0
        options["connect_timeout"] = 30  # seconds: many threads at once may wait longer than a request should


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """The test database; at its end, sessions that a live server still holds are closed, so that it can be dropped."""
    yield
    connections["default"].close()  # a test about a lost database may have left a session that the server has ended
    if connections["default"].vendor == "postgresql":
        with django_db_blocker.unblock(), connections["default"].cursor() as cursor:
            cursor.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )


@pytest.fixture(autouse=True)
def _empty_cache() -> Iterator[None]:
    """No test sees what another has cached, counted or noted."""
    cache.clear()
    recording.forget()
    yield
    cache.clear()
    recording.forget()
    pace.forget()


@pytest.fixture
def outbox() -> list[mail.EmailMessage]:
    """The messages sent so far, oldest first."""
    return mail.outbox


@pytest.fixture
def real_hasher() -> Iterator[None]:
    """The password hasher that the product uses, instead of the quick one."""
    with override_settings(PASSWORD_HASHERS=settings.PASSWORD_HASHERS[1:]):
        yield
