"""The start refuses wrong settings with a sentence that names the variable."""

import importlib.util
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from config import environment
from config.postgresql.base import CONNECTED_WITHIN_SECONDS

ROOT = Path(__file__).resolve().parents[2]
STRONG = "Zk3vQ8mW2xL7pR5tY9nB4cH6jD1fG0sA-wEuIoPlKqM_Xa2Vb8Nc5Jd"
PRODUCTION = {
    "DEBUG": "0",
    "SECRET_KEY": STRONG,
    "PEPPERS": f"1:{STRONG}",
    "ALLOWED_HOSTS": "captcha.example.com",
}


def check(data_dir: Path, **changes: str) -> subprocess.CompletedProcess[str]:
    """`manage.py check --deploy` in production mode, with these variables changed; an empty one is unset."""
    chosen = {name: value for name, value in {**PRODUCTION, **changes}.items() if value}
    environ = {"PATH": os.environ["PATH"], "DATA_DIR": str(data_dir), **chosen}
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    return subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60)


def test_production_settings_pass_djangos_deployment_checks(tmp_path):
    result = check(tmp_path)

    assert result.returncode == 0, result.stderr
    assert "no issues" in result.stdout


@pytest.mark.parametrize("name", ["SECRET_KEY", "PEPPERS", "ALLOWED_HOSTS"])
def test_production_does_not_start_without(name, tmp_path):
    result = check(tmp_path, **{name: ""})

    assert result.returncode != 0
    assert f"{name} is not set" in result.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("SECRET_KEY", "short", "SECRET_KEY is too short"),
        ("SECRET_KEY", "a" * 50, "SECRET_KEY is too easy to guess"),
        ("SECRET_KEY", f"django-insecure-{STRONG}", "SECRET_KEY is too easy to guess"),
        ("PEPPERS", "1:short", "PEPPERS (number 1) is too short"),
        ("PEPPERS", STRONG, "PEPPERS is a list of numbered secrets"),
        ("PEPPERS", f"1:{STRONG},1:{STRONG}", "PEPPERS is a list of numbered secrets"),
        ("DATABASE_URL", "mysql://root@localhost/x", "DATABASE_URL must begin with"),
        ("TRUSTED_PROXIES", "-1", "TRUSTED_PROXIES is a whole number"),
        ("API_REQUESTS_PER_MINUTE", "many", "API_REQUESTS_PER_MINUTE is a whole number"),
        ("DATA_DIR", "/proc/none", "DATA_DIR names /proc/none"),
        ("TASKS_BACKEND", "celery", "TASKS_BACKEND is database or rq, not 'celery'"),
        ("RECORD_IP", "half", "RECORD_IP is one of full, truncated, none, not 'half'"),
        ("RECORDS_ARE_KEPT_DAYS", "long", "RECORDS_ARE_KEPT_DAYS is a whole number"),
        ("TASKS_BACKEND", "rq", "TASKS_BACKEND=rq needs REDIS_URL"),
    ],
)
def test_production_does_not_start_with_a_wrong_value(name, value, reason, tmp_path):
    result = check(tmp_path, **{name: value})

    assert result.returncode != 0
    assert reason in result.stderr
    assert "Traceback" not in result.stderr
    assert STRONG not in result.stderr


def test_tasks_on_redis_are_refused_where_what_they_need_is_not_installed(monkeypatch):
    monkeypatch.setenv("TASKS_BACKEND", "rq")
    assert environment.tasks_are_on_redis()
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)

    with pytest.raises(ImproperlyConfigured, match=r"requirements-rq\.txt"):
        environment.tasks_are_on_redis()


def test_the_address_of_redis_is_a_secret_that_a_file_may_hold_and_gets_timeouts(tmp_path, monkeypatch):
    held = tmp_path / "redis_url"
    held.write_text("rediss://:p@redis.example.com/1?socket_timeout=9\n")
    monkeypatch.setenv("REDIS_URL_FILE", str(held))
    assert environment.redis_url() == "rediss://:p@redis.example.com/1?socket_timeout=9&socket_connect_timeout=2"

    held.write_text("http://:p@redis.example.com")
    with pytest.raises(ImproperlyConfigured, match="REDIS_URL"):
        environment.redis_url()


def test_a_secret_can_be_read_from_the_file_that_its_variable_names(tmp_path, monkeypatch):
    file = tmp_path / "secret"
    file.write_text(f"{STRONG}\n")
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.setenv("SECRET_KEY_FILE", str(file))

    assert environment.secret("SECRET_KEY", data_dir=tmp_path, generate=False) == STRONG


def test_a_secret_given_twice_is_refused_because_nobody_knows_which_was_meant(tmp_path, monkeypatch):
    monkeypatch.setenv("SECRET_KEY", STRONG)
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "secret"))

    with pytest.raises(ImproperlyConfigured, match="SECRET_KEY or SECRET_KEY_FILE, not both"):
        environment.text("SECRET_KEY")


def test_a_secret_file_that_is_missing_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv("SECRET_KEY", raising=False)
    monkeypatch.setenv("SECRET_KEY_FILE", str(tmp_path / "nowhere"))

    with pytest.raises(ImproperlyConfigured, match="nowhere, which cannot be read"):
        environment.text("SECRET_KEY")


def test_a_generated_secret_is_for_its_owner_alone_and_stays_the_same(tmp_path, monkeypatch):
    monkeypatch.delenv("PEPPERS", raising=False)

    first = environment.secret("PEPPERS", data_dir=tmp_path, generate=True, extra_text="1:")
    again = environment.secret("PEPPERS", data_dir=tmp_path, generate=True, extra_text="1:")

    assert first == again
    assert set(environment.numbered_secrets("PEPPERS", first)) == {1}
    assert [stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()] == [0o600]


def test_a_writing_on_sqlite_survives_a_power_cut(tmp_path):
    options = environment.database("", data_dir=tmp_path)["OPTIONS"]

    assert options["transaction_mode"] == "IMMEDIATE"
    assert "journal_mode=WAL" in options["init_command"]
    assert "synchronous=FULL" in options["init_command"]


def test_a_connection_to_postgresql_is_not_waited_for_longer_than_two_seconds(tmp_path):
    options = environment.database("postgres://u:p@h/d", data_dir=tmp_path)["OPTIONS"]

    assert CONNECTED_WITHIN_SECONDS == 2
    assert options["connect_timeout"] == 2


def test_after_an_outage_postgresql_is_looked_for_at_every_request(tmp_path):
    """Else the pool waits between two tries as long as the outage has lasted."""
    options = environment.database("postgres://u:p@h/d", data_dir=tmp_path)["OPTIONS"]

    assert options["pool"]["reconnect_timeout"] == 1
