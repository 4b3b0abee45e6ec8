"""Settings read from the environment, and the secrets among them.

Every setting can be given as `NAME`. A secret can also be given as `NAME_FILE`, the path of a file that
holds it, as container platforms mount them. In development a missing secret is generated once into the
data directory; in production a missing or weak one stops the start.
"""

import contextlib
import fcntl
import importlib.util
import os
import secrets
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

MIN_SECRET_LENGTH = 50
MIN_DISTINCT_CHARACTERS = 8
MAX_PEPPER = 32_767
REDIS_TIMEOUTS = {"socket_connect_timeout": 2, "socket_timeout": 2}  # seconds
EXAMPLES = ("django-insecure", "change-me", "changeme")

env = environ.Env()


def text(name: str, default: str = "") -> str:
    """The setting `name`, or the content of the file that `name_FILE` points to.

    Raises:
        ImproperlyConfigured: when both are given, or the file cannot be read.
    """
    path = os.environ.get(f"{name}_FILE", "")
    if path and os.environ.get(name):
        raise ImproperlyConfigured(f"Set {name} or {name}_FILE, not both.")
    if not path:
        return os.environ.get(name, "") or default
    try:
        return Path(path).read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{name}_FILE names {path}, which cannot be read: {error}.") from error


def number(name: str, default: int) -> int:
    """A whole number of 0 or more.

    Raises:
        ImproperlyConfigured: naming the variable, when it is none.
    """
    value = os.environ.get(name, "")
    if value and not (value.isascii() and value.isdecimal()):
        raise ImproperlyConfigured(f"{name} is a whole number of 0 or more, not {value[:40]!r}.")
    return int(value) if value else default


def one_of(name: str, choices: tuple[str, ...]) -> str:
    """One of some words; the first where none is given.

    Raises:
        ImproperlyConfigured: naming the variable and the words, when it is another.
    """
    value = os.environ.get(name, "") or choices[0]
    if value not in choices:
        raise ImproperlyConfigured(f"{name} is one of {', '.join(choices)}, not {value[:40]!r}.")
    return value


def directory(name: str, default: Path) -> Path:
    """A directory that can be written to, made if it is not there.

    Raises:
        ImproperlyConfigured: naming the variable, when it cannot be made or written to.
    """
    path = Path(os.environ.get(name) or default).resolve()
    try:
        path.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"{name} names {path}, which cannot be made: {error.strerror}.") from error
    if not os.access(path, os.W_OK | os.X_OK):
        raise ImproperlyConfigured(f"{name} names {path}, which this user cannot write to.")
    return path


def secret(name: str, *, data_dir: Path, generate: bool, extra_text: str = "") -> str:
    """A secret setting of at least 50 characters.

    Args:
        name: the environment variable.
        data_dir: where a generated secret is kept, in a file of mode 0600.
        generate: whether a missing secret may be generated (development only).
        extra_text: written before a generated secret, for settings that carry more than the secret.

    Raises:
        ImproperlyConfigured: when it is missing and may not be generated, or too weak.
    """
    value = text(name)
    if not value and generate:
        value = _generated(name, data_dir, extra_text)
    if not value:
        raise ImproperlyConfigured(
            f"{name} is not set. In production (DEBUG=0) give it at least {MIN_SECRET_LENGTH} random "
            f'characters: python -c "import secrets; print(secrets.token_urlsafe(48))". '
            f"{name}_FILE may name a file that holds it."
        )
    return value


def refuse_weak(name: str, value: str) -> None:
    """Stop the start over a secret that is short, repetitive, or an example.

    Raises:
        ImproperlyConfigured: naming the variable and what is wrong with it.
    """
    if len(value) < MIN_SECRET_LENGTH:
        raise ImproperlyConfigured(
            f"{name} is too short: {len(value)} characters, at least {MIN_SECRET_LENGTH} are needed."
        )
    if len(set(value)) < MIN_DISTINCT_CHARACTERS or value.lower().startswith(EXAMPLES):
        raise ImproperlyConfigured(f"{name} is too easy to guess. Use random characters.")


def _generated(name: str, data_dir: Path, extra_text: str) -> str:
    """The secret kept in the data directory, made on first use. Two processes that start at once agree on one."""
    path = data_dir / name.lower()
    if not path.exists():
        descriptor, draft = tempfile.mkstemp(dir=data_dir, prefix=f".{path.name}-")  # mode 0600
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(extra_text + secrets.token_urlsafe(48))
        with contextlib.suppress(FileExistsError):
            os.link(draft, path)
        os.unlink(draft)
    try:
        value = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ImproperlyConfigured(f"{path}, the secret made for development, cannot be read: {error}.") from error
    if not value:
        raise ImproperlyConfigured(f"{path}, the secret made for development, is empty. Remove it for a new one.")
    return value


def numbered_secrets(name: str, value: str) -> dict[int, bytes]:
    """Parse `1:secret,2:secret`, the form in which peppers are given.

    Returns:
        The secrets by number; the highest number is the one that new digests use.

    Raises:
        ImproperlyConfigured: when the form is wrong, a number repeats, or a secret is weak.
    """
    found: dict[int, bytes] = {}
    for part in value.split(","):
        number, separator, content = part.strip().partition(":")
        if not separator or not number.isdecimal() or not 1 <= int(number) <= MAX_PEPPER or int(number) in found:
            raise ImproperlyConfigured(
                f"{name} is a list of numbered secrets, 1:SECRET,2:SECRET, each number (1 to {MAX_PEPPER}) once."
            )
        refuse_weak(f"{name} (number {number})", content)
        found[int(number)] = content.encode()
    return found


@dataclass(frozen=True, slots=True)
class SecretPlace:
    """Where a secret setting is kept.

    Attributes:
        variable: the environment variable that it comes from; empty for one that was generated here.
        path: the file that holds it, where it is one.
    """

    variable: str
    path: Path | None

    @property
    def is_ours(self) -> bool:
        """Whether it was generated here, so that it may be rewritten here."""
        return not self.variable


def secret_place(name: str, *, data_dir: Path) -> SecretPlace:
    """Where the setting `name` is kept; what `secret` reads."""
    if path := os.environ.get(f"{name}_FILE"):
        return SecretPlace(f"{name}_FILE", Path(path))
    if os.environ.get(name):
        return SecretPlace(name, None)
    return SecretPlace("", data_dir / name.lower())


def with_another_secret(value: str) -> str:
    """`1:secret` with a new random secret under the next number behind it.

    Raises:
        ImproperlyConfigured: when there is no higher number.
    """
    highest = max(int(part.partition(":")[0]) for part in value.split(","))
    if highest >= MAX_PEPPER:
        raise ImproperlyConfigured(f"There is no number above {MAX_PEPPER}.")
    return f"{value},{highest + 1}:{secrets.token_urlsafe(48)}"


def without_secret(value: str, number: int) -> str:
    """`1:secret,2:secret` without the secret of this number."""
    parts = [part.strip() for part in value.split(",")]
    return ",".join(part for part in parts if int(part.partition(":")[0]) != number)


def rewrite_secret(path: Path, change: Callable[[str], str]) -> str:
    """Put another text in the place of a file's, whole or not at all. Two who do so at once come after one another.

    The new file has mode 0600 and the owner of the old one.

    Args:
        path: of the file.
        change: from the old text to the new one.

    Returns:
        The new text.

    Raises:
        OSError: when it cannot be read or written; then the old one is still there.
    """
    directory = os.open(path.parent, os.O_RDONLY)
    try:
        fcntl.flock(directory, fcntl.LOCK_EX)  # until it is closed
        value = change(path.read_text(encoding="utf-8").strip())
        draft = _written_draft(path, value)
        try:
            os.replace(draft, path)
        except OSError:
            os.unlink(draft)
            raise
        os.fsync(directory)
        return value
    finally:
        os.close(directory)


def _written_draft(path: Path, value: str) -> str:
    """A file beside `path`, on the disk, that can take its place."""
    owner = path.stat()
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")  # mode 0600
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(value)
            file.flush()
            os.fchown(file.fileno(), owner.st_uid, owner.st_gid)  # root may rotate what another user's server reads
            os.fsync(file.fileno())
    except OSError:
        os.unlink(draft)
        raise
    return draft


def database(url: str, *, data_dir: Path) -> dict[str, Any]:
    """Django's database settings for `DATABASE_URL`.

    SQLite commits with `synchronous=FULL`, so that what was answered survives a power cut, and begins
    `IMMEDIATE`, so that two writers queue instead of failing half way. PostgreSQL uses psycopg's pool, in which
    a request waits for 2 seconds (`config.postgresql.base`). It gives up trying to connect after 1 second, and the next
    request makes it try again; by default it would wait as long between two tries as the outage has lasted.

    Args:
        url: `postgres://user:password@host:port/name`, `sqlite:////absolute/path`, or empty for SQLite in `data_dir`.
        data_dir: where the SQLite file lies by default.

    Raises:
        ImproperlyConfigured: for another scheme.
    """
    settings: dict[str, Any] = dict(env.db_url_config(url or f"sqlite:///{data_dir / 'gatehouse.sqlite3'}"))
    engine = settings["ENGINE"]
    if engine.endswith("sqlite3"):
        settings["OPTIONS"] = {
            "transaction_mode": "IMMEDIATE",
            "timeout": 5,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;",
        }
        settings["CONN_MAX_AGE"] = None
        settings["TEST"] = {"NAME": str(data_dir / "test.sqlite3")}
    elif engine.endswith("postgresql"):
        settings["ENGINE"] = "config.postgresql"
        settings["OPTIONS"] = {
            **settings.get("OPTIONS", {}),
            "pool": {
                "min_size": 1,
                "max_size": number("DATABASE_POOL_SIZE", 8),
                "reconnect_timeout": 1,
            },
            "connect_timeout": 2,
            "tcp_user_timeout": 5000,  # milliseconds; a dropped network must not hold a request for ever
        }
    else:
        raise ImproperlyConfigured("DATABASE_URL must begin with postgres:// or sqlite://.")
    return settings


def tasks_are_on_redis() -> bool:
    """Whether tasks are queued on Redis, as `TASKS_BACKEND` says, and not in the database.

    Raises:
        ImproperlyConfigured: for another word, and when what Redis needs is not installed.
    """
    wanted = text("TASKS_BACKEND", "database")
    if wanted not in ("database", "rq"):
        raise ImproperlyConfigured(f"TASKS_BACKEND is database or rq, not {wanted[:40]!r}.")
    if wanted == "rq" and not importlib.util.find_spec("django_tasks_rq"):
        raise ImproperlyConfigured(
            "TASKS_BACKEND=rq needs packages that are not installed: "
            "python -m pip install --require-hashes --requirement requirements-rq.txt."
        )
    return wanted == "rq"


def tasks(*, on_redis: bool) -> dict[str, Any]:
    """Django's task settings."""
    backend = "apps.tasks.redis_queue.RedisBackend" if on_redis else "django_tasks_db.DatabaseBackend"
    return {"default": {"BACKEND": backend, "QUEUES": ["default"]}}


def redis_url() -> str:
    """Where Redis is, with timeouts: a server that says nothing must not hold a request for ever.

    Raises:
        ImproperlyConfigured: when it is missing, or no address of a Redis.
    """
    url = text("REDIS_URL")
    if not url.startswith(("redis://", "rediss://", "unix://")):
        raise ImproperlyConfigured(
            "TASKS_BACKEND=rq needs REDIS_URL, such as redis://:PASSWORD@redis.example.com:6379/0."
        )
    missing = "&".join(f"{name}={value}" for name, value in REDIS_TIMEOUTS.items() if f"{name}=" not in url)
    return f"{url}{'&' if '?' in url else '?'}{missing}" if missing else url


def mail(url: str, *, development: bool) -> dict[str, Any]:
    """Django's mail settings for `EMAIL_URL`; without one, mail is printed to the terminal.

    Args:
        url: such as `smtp+tls://user:password@host:587`.
        development: whether the absence of a mail server is expected.
    """
    settings: dict[str, Any] = dict(
        env.email_url_config(url or ("consolemail://" if development else "smtp://localhost:25"))
    )
    settings.setdefault("EMAIL_TIMEOUT", 10)  # seconds
    return settings


def base_url(hosts: list[str], *, development: bool) -> str:
    """Where people reach this server, for links in mails that no request asked for; without a slash at the end.

    That is `BASE_URL`; without it, the first host by https, or the development server.

    Args:
        hosts: those that this server answers for.
        development: whether that is `make run`.

    Raises:
        ImproperlyConfigured: for a `BASE_URL` that is no address.
    """
    given = text("BASE_URL").rstrip("/")
    if given and not given.startswith(("https://", "http://")):
        raise ImproperlyConfigured("BASE_URL is an address, such as https://captcha.example.com.")
    default = f"http://127.0.0.1:{number('PORT', 8000)}" if development else f"https://{hosts[0].lstrip('*.')}"
    return given or default


def sign_on(issuer: str, name: str, *, development: bool) -> dict[str, Any]:
    """django-allauth's provider settings for the OpenID Connect service that `OIDC_ISSUER` names, if it does.

    Args:
        issuer: the service's address; `/.well-known/openid-configuration` is read beneath it.
        name: how the sign-in page calls it.
        development: whether it may be reached without https.

    Raises:
        ImproperlyConfigured: without a client id or secret, or when its answers could be changed on their way.
    """
    provider: dict[str, Any] = {"provider_class": "apps.accounts.sign_on.SignOnProvider", "APPS": []}
    if issuer:
        client_id, client_secret = text("OIDC_CLIENT_ID"), text("OIDC_CLIENT_SECRET")
        if not client_id or not client_secret:
            raise ImproperlyConfigured("OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET (or ..._FILE) too.")
        if not issuer.startswith("https://") and not development:
            raise ImproperlyConfigured("OIDC_ISSUER must begin with https://.")
        connection = {"server_url": issuer, "oauth_pkce_enabled": True}
        provider["APPS"] = [
            {
                "provider_id": "oidc",
                "name": name,
                "client_id": client_id,
                "secret": client_secret,
                "settings": connection,
            }
        ]
    return {"openid_connect": provider}
