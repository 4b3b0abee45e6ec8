"""A secret that was shown once is nowhere afterwards: not in tables, cache, mails, logs, nor on any other page."""

import io
import json
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core import mail
from django.core.cache import cache
from django.core.management import call_command
from django.db import OperationalError, connection
from django.test import Client

from apps.accounts.hashing import TooManySignIns
from apps.api_keys.models import ApiKey
from apps.audit.models import AuditEvent
from apps.credentials import format as token_format
from apps.credentials.format import PATTERNS, TokenKind
from apps.dashboard import overview
from apps.sites.models import Site
from config.logs import logging_settings
from tests.people import PASSWORD, Api

SITES = "/api/v1/sites"


@contextmanager
def written_log(form: str) -> Iterator[io.StringIO]:
    """What the product itself would write to its log, in this form."""
    stream = io.StringIO()
    settings = logging_settings(form, "DEBUG")
    formatter = logging.config.DictConfigurator(settings).configure_formatter(settings["formatters"]["event"])
    handler = logging.StreamHandler(stream)
    handler.setFormatter(formatter)
    root, django_loggers = logging.getLogger(), [logging.getLogger(name) for name in ("django", "django.request")]
    levels = [logger.level for logger in (root, *django_loggers)]
    root.addHandler(handler)
    for logger in (root, *django_loggers):
        logger.setLevel(logging.DEBUG)
    try:
        yield stream
    finally:
        root.removeHandler(handler)
        for logger, level in zip((root, *django_loggers), levels, strict=True):
            logger.setLevel(level)


def every_row() -> Iterator[tuple[str, str]]:
    """Every value of every table, as text and as the text of its bytes."""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                for value in row:
                    if isinstance(value, bytes | memoryview):
                        yield table, bytes(value).decode("latin-1")
                        yield table, bytes(value).hex()
                    else:
                        yield table, str(value)


def places(text: str) -> list[str]:
    """Where the text is found in what is stored or sent."""
    found = {table for table, value in every_row() if text in value}
    found |= {"session" for session in Session.objects.all() if text in json.dumps(session.get_decoded())}
    found |= {"cache" for value in cache._cache.values() if text.encode() in bytes(value)}  # type: ignore[attr-defined]
    found |= {"mail" for message in mail.outbox if text in f"{message.subject}{message.message()}"}
    return sorted(found)


def assert_nowhere(secrets: list[str]) -> None:
    """Neither the secret, nor its random part alone, is stored or sent anywhere."""
    for secret in secrets:
        assert places(secret) == []
        assert places(secret.rsplit("_", 1)[1][:-4]) == []


def only(kind: TokenKind, answer: Any) -> str:
    """The one token of this kind that an answer shows."""
    (token,) = set(PATTERNS[kind].findall(answer.content.decode()))
    return str(token)


@pytest.fixture
def shown(alice, make_key) -> list[str]:
    """Every secret that pages and the API have shown: sites made and rotated, keys made, each in its one answer."""
    browser = Client()
    browser.post("/accounts/login/", {"login": "alice@people.example", "password": PASSWORD})
    site_form = {"name": "By hand", "allowed_origins": "https://hand.example"}
    secrets = [only(TokenKind.SITE_SECRET, browser.post("/sitekeys/new", site_form))]
    path = f"/sitekeys/{Site.objects.get().site_key}/secrets/rotate"
    secrets.append(only(TokenKind.SITE_SECRET, browser.post(path)))
    key_form = {"name": "By hand", "expires": "never", "permissions": ["getSites", "createSite", "rotateSecret"]}
    secrets.append(only(TokenKind.API_KEY, browser.post("/keys/new", key_form)))
    api = Api(secrets[-1])
    body = {"name": "By a key", "allowedOrigins": ["https://key.example"], "accountId": str(alice.account.pk)}
    made = api.post(SITES, body).json()
    rotated = api.post(f"{SITES}/{made['siteKey']}/rotate-secret").json()
    secrets += [made["siteSecret"], rotated["newSiteSecret"]]
    return secrets


def test_the_search_finds_what_is_there(alice):
    """A search that finds nothing proves nothing, unless it would have found it."""
    browser = alice.browser
    session = browser.session
    session["marker"] = "canary-session"
    session.save()
    cache.set("x", "canary-cache")
    mail.send_mail("s", "canary-mail", None, ["a@b.example"])
    Site.objects.create(account=alice.account, name="canary-row", allowed_origins=["https://x.example"])

    assert places("canary-session") == ["session"]
    assert places("canary-cache") == ["cache"]
    assert places("canary-mail") == ["mail"]
    assert places("canary-row") == ["sites_site"]


def test_no_secret_is_stored_or_sent(shown):
    assert len(set(shown)) == 5
    assert_nowhere(shown)


def test_no_page_shows_one_again(shown, alice):
    browser = alice.browser
    site, key = Site.objects.order_by("pk"), ApiKey.objects.get()
    addresses = [
        "/",
        "/sitekeys/",
        "/sitekeys/new",
        "/keys/",
        "/keys/new",
        f"/keys/{key.pk}/",
        f"/keys/{key.pk}/delete",
    ]
    addresses += ["/log/", "/log/export.csv", "/log/export.jsonl", "/reference/", "/api/openapi.json"]
    addresses += [f"/log/{sequence}" for sequence in AuditEvent.objects.values_list("sequence", flat=True)]
    for one in site:
        pages = ("", "install", "settings", "secrets", "secrets/rotate", "activity", "deactivate")
        addresses += [f"/sitekeys/{one.site_key}/{page}" for page in pages]

    for address in addresses:
        answer = browser.get(address)
        text = b"".join(answer) if answer.streaming else answer.content
        assert answer.status_code == 200, address
        for secret in shown:
            assert secret.encode() not in text, address


def test_a_refused_key_or_secret_is_stored_nowhere(shown, alice, make_key):
    deleted = make_key(alice)
    ApiKey.objects.filter(last_four=deleted[-4:]).update(deleted_at=ApiKey.objects.get(name="By hand").created_at)
    api = Api(deleted)
    assert api.get("/api/v1/whoami").status_code == 401
    wrong = token_format.mint(TokenKind.SITE_SECRET).reveal()
    body = {"siteKey": Site.objects.all()[0].site_key, "secret": wrong, "solution": "x"}
    assert Api().post("/api/v1/verify", body).status_code == 401

    assert_nowhere([deleted, wrong])


def test_the_first_owners_link_is_stored_nowhere(db, client):
    out = io.StringIO()
    call_command("first_owner_link", stdout=out)
    (token,) = PATTERNS[TokenKind.INVITATION].findall(out.getvalue())
    form = {"account_name": "New", "name": "Olivia", "email": "o@people.example", "password": PASSWORD}
    client.post(f"/setup/{token}", form)

    assert_nowhere([token])
    assert places(PASSWORD) == []


def test_a_password_is_stored_nowhere(alice):
    browser = Client()
    browser.post("/accounts/login/", {"login": "alice@people.example", "password": "a wrong canary phrase"})
    browser.post("/accounts/login/", {"login": "alice@people.example", "password": PASSWORD})

    assert places(PASSWORD) == []
    assert places("a wrong canary phrase") == []


FAILURES = [ValueError("boom"), OperationalError("gone"), TooManySignIns()]


@pytest.mark.parametrize("form", ["json", "console"])
@pytest.mark.parametrize("error", FAILURES, ids=lambda error: type(error).__name__)
def test_a_failing_request_logs_its_id_and_no_credential(alice, make_key, shop, monkeypatch, caplog, form, error):
    token = make_key(alice)
    secret = token_format.mint(TokenKind.SITE_SECRET).reveal()
    invitation = token_format.mint(TokenKind.INVITATION).reveal()

    def broken(*_: Any, **__: Any) -> None:
        raise error

    monkeypatch.setattr("apps.api.callers.authenticate_key", broken)
    monkeypatch.setattr("apps.api.verification.authenticate_site", broken)
    monkeypatch.setattr("apps.accounts.views.find_open_invitation", broken)
    monkeypatch.setattr(overview, "list_sites", broken)
    browser = alice.browser
    browser.raise_request_exception = False
    headers = {"Authorization": f"Bearer {token}", "X-API-Key": token, "Cookie": f"k={token}"}

    with written_log(form) as log:
        answers = [
            browser.get(SITES, {"apiKey": token}, headers=headers),
            browser.get(f"{SITES}/{token}", {"token": secret}, headers=headers),
            browser.post("/api/v1/verify", {"siteKey": shop.site_key, "secret": secret, "solution": "x"}),
            browser.get(f"/setup/{invitation}"),
            browser.get("/", {"apiKey": token, "q": secret}),
            browser.post(f"/keys/?key={token}", {"once": token}),
            browser.get(f"/nothing/{token}?{secret}", headers={"Host": "evil.example"}),
        ]

    text = log.getvalue()
    is_busy = isinstance(error, OperationalError | TooManySignIns)
    assert [answer.status_code for answer in answers[:5]] == [503 if is_busy else 500] * 5
    for answer in answers[:5]:
        assert answer["X-Request-ID"] in text
    assert "Traceback" in text
    for canary in (token, secret, invitation):
        assert canary not in text
        assert canary.rsplit("_", 1)[1] not in text
        for record in caplog.records:
            assert canary not in str(record.exc_text)


def test_a_line_of_the_log_is_json_with_the_requests_id(client, db, monkeypatch):
    def broken(*_: Any, **__: Any) -> None:
        raise ValueError("boom")

    monkeypatch.setattr("apps.api.callers.authenticate_key", broken)

    with written_log("json") as log:
        answer = Client(headers={"Authorization": "Bearer x"}).get("/api/v1/whoami")

    lines = [json.loads(line) for line in log.getvalue().splitlines() if line.startswith("{")]
    (failed,) = [line for line in lines if line["event"] == "api_request_failed"]
    assert failed["request_id"] == answer["X-Request-ID"]
    assert re.search(r"ValueError: boom", failed["exception"])
