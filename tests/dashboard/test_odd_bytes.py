"""Texts that no database stores, smuggled in by an encoding or a cookie: refused or ignored, never a 500.

Sent to the application that the web server loads: Django's test client makes requests of its own.
"""

import importlib
import io
import json
from http import HTTPStatus
from typing import NamedTuple

import pytest
from django.core.signals import request_started
from django.db import close_old_connections
from django.test import Client

from apps.sites.models import Site

# Codecs that fail, that are none for texts, that are not known, and that make halves of surrogate pairs.
CODECS = ["hex", "base64", "rot13", "idna", "undefined", "utf-7", "unicode_escape", "utf-16", "no-such-codec"]
HALF_A_PAIR = b"x+2AA-\\ud800"


class Answer(NamedTuple):
    status: HTTPStatus
    text: str


def form(**fields: bytes) -> bytes:
    parts = [
        b'--x\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), value)
        for name, value in fields.items()
    ]
    return b"".join(parts) + b"--x--\r\n"


@pytest.fixture
def send(alice, settings):
    """Sends a request of Alice's."""
    settings.STATIC_ROOT.mkdir(exist_ok=True)  # the application looks at it when it is loaded
    application = importlib.import_module("config.wsgi").application
    cookies = "; ".join(f"{name}={cookie.value}" for name, cookie in alice.browser.cookies.items())

    def call(method: str, address: str, kind: str, body: bytes = b"", cookie: str = cookies) -> Answer:
        path, _, query = address.partition("?")
        environ = {
            "REQUEST_METHOD": method,
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "CONTENT_TYPE": kind,
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_HOST": "localhost",
            "HTTP_COOKIE": cookie,
            "SERVER_NAME": "localhost",
            "SERVER_PORT": "80",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.input": io.BytesIO(body),
            "wsgi.url_scheme": "http",
        }
        statuses: list[str] = []
        request_started.disconnect(close_old_connections)  # they are the test's, and in its transaction
        answer = application(environ, lambda status, _headers, _error=None: statuses.append(status))
        request_started.connect(close_old_connections)
        return Answer(HTTPStatus(int(statuses[0][:3])), b"".join(answer).decode())

    return call


@pytest.mark.parametrize("codec", CODECS)
def test_a_form_in_another_encoding_than_utf_8_is_a_400(send, codec):
    body = form(name=HALF_A_PAIR, allowed_origins=b"https://shop.example")

    page = send("POST", "/sitekeys/new", f"multipart/form-data; boundary=x; charset={codec}", body)
    call = send("POST", "/api/v1/verify", f"multipart/form-data; boundary=x; charset={codec}", body)

    assert (page.status, call.status) == (400, 400)
    assert json.loads(call.text)["error"]["code"] == "invalid_request"
    assert not Site.objects.exists()


@pytest.mark.parametrize("codec", CODECS)
def test_an_address_is_read_as_utf_8_whatever_the_body_is_in(send, alice, codec):
    alice.browser.post("/sitekeys/new", {"name": "Shop", "allowed_origins": "https://shop.example"})

    page = send("GET", "/sitekeys/?q=%2B2AA-%C3%A9", f"text/plain; charset={codec}")
    call = send("GET", "/api/v1/sites?accountId=%2B2AA-", f"text/plain; charset={codec}")

    assert (page.status, call.status) == (200, 401)
    assert "+2AA-é" in page.text


def test_too_many_parameters_beside_a_charset_are_a_400(send):
    query = "&".join(f"a{number}=1" for number in range(1500))

    answer = send("GET", f"/sitekeys/?{query}", "text/plain; charset=utf-8")

    assert answer.status == 400
    assert "This request cannot be read" in answer.text


@pytest.mark.parametrize("kind", ["text/plain; charset*=hex'en'%41", "text/plain; a*=none'en'%41"])
def test_a_content_type_that_cannot_be_read_is_refused(send, kind):
    page, call = send("POST", "/sitekeys/new", kind, b"x"), send("POST", "/api/v1/verify", kind, b"x")

    assert (page.status, call.status) == (403, 415)


def test_a_session_cookie_with_a_nul_is_nobodys(send):
    answer = send("GET", "/", "", cookie='gatehouse_session="' + "\\000" * 32 + '"')

    assert answer.status == 302


def test_a_form_in_utf_8_is_read_whatever_it_calls_that(alice):
    browser: Client = alice.browser
    for number, charset in enumerate(["utf-8", "UTF8", "us-ascii"]):
        body = form(name=b"Shop %d" % number, allowed_origins=b"https://shop.example")

        answer = browser.generic("POST", "/sitekeys/new", body, f"multipart/form-data; boundary=x; charset={charset}")

        assert answer.status_code == 200
    assert Site.objects.count() == 3
