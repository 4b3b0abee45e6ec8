"""What Django's test client cannot send: bytes on a socket that no well-behaved client would write."""

import json
import socket
from http.client import HTTPResponse

import pytest

from tests.api.odd_requests import stored

LIMIT_SECONDS = 10


@pytest.fixture
def token(transactional_db, alice, make_key):
    return make_key(alice)


@pytest.fixture
def say(live_server):
    """Writes raw bytes to the server, and reads its answer."""
    host, port = live_server.thread.host, live_server.thread.port

    def speak(raw: bytes) -> tuple[int, dict[str, str], bytes]:
        with socket.create_connection((host, port), timeout=LIMIT_SECONDS) as connection:
            connection.sendall(raw)
            connection.shutdown(socket.SHUT_WR)
            answer = HTTPResponse(connection, method=raw.split(b" ", 1)[0].decode())
            answer.begin()
            return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()

    return speak


def request(method: bytes, path: bytes, *headers: bytes, body: bytes = b"") -> bytes:
    lines = [method + b" " + path + b" HTTP/1.1", b"Host: localhost", b"Connection: close", *headers]
    if body:
        lines.append(b"Content-Length: %d" % len(body))
    return b"\r\n".join(lines) + b"\r\n\r\n" + body


def assert_refused(answer: tuple[int, dict[str, str], bytes], *statuses: int) -> str:
    status, headers, body = answer
    assert status in statuses, body[:300]
    assert headers["content-type"] == "application/json"
    assert len(headers["x-request-id"]) == 32
    error = json.loads(body)["error"]
    return str(error if isinstance(error, str) else error["message"])


JSON = b"Content-Type: application/json"


def test_two_authorization_headers_are_no_key(say, token, account):
    key = b"Authorization: Bearer " + token.encode()

    for headers in ([key, key], [key, b"Authorization: Bearer nct_x"], [b"Authorization: Basic eDp5", key]):
        assert_refused(say(request(b"GET", b"/api/v1/whoami", *headers)), 400, 401)


@pytest.mark.parametrize(
    "path",
    [
        b"/api/v1/sites/\xff\xfe",
        b"/api/v1/sites/\xf0\x9f\x92\xa9",
        b"/api/v1/sites/<script>alert(1)</script>",
        b"/api/v1/sites/%",
        b"/api/v1/sites/%zz",
        b"/api/v1/sites/%c0%af",
        b"/api/v1/sites/..",
        b"/api/../keys/",
        b"/api/v1/sites/a\\b",
        b"/api/%2e%2e/x",
    ],
)
def test_any_path_under_the_api_is_answered_in_json(say, token, path):
    message = assert_refused(say(request(b"GET", path, b"Authorization: Bearer " + token.encode())), 404)

    assert message


@pytest.mark.parametrize("path", [b"/api/v1/sites/%00", b"/api/v1/sites?accountId=%00", b"/api/v1/verify?%00"])
def test_a_nul_in_the_address_is_a_400(say, token, path):
    assert_refused(say(request(b"GET", path)), 400)


@pytest.mark.parametrize(
    "host",
    [b"evil.example", b"", b"a b", b"localhost, evil.example", b"[::1", b"\xff\xff", b"."],
)
def test_a_host_that_is_not_ours_is_a_400_in_json(say, transactional_db, host):
    raw = b"GET /api/v1/whoami HTTP/1.1\r\nHost: " + host + b"\r\nConnection: close\r\n\r\n"

    assert_refused(say(raw), 400)


@pytest.mark.parametrize("method", [b"FROB", b"PUT", b"OPTIONS", b"TRACE", b"PROPFIND", b"DELETE"])
def test_an_unknown_method_is_a_405(say, transactional_db, method):
    _, headers, _ = answer = say(request(method, b"/api/v1/sites"))

    assert_refused(answer, 405)
    assert headers["allow"] == "GET, HEAD, POST"


def test_head_has_headers_and_no_body(say, token):
    status, headers, body = say(request(b"HEAD", b"/api/v1/whoami", b"Authorization: Bearer " + token.encode()))

    assert (status, body) == (200, b"")
    assert int(headers["content-length"]) > 0


@pytest.mark.parametrize("length", [b"-1", b"abc", b"1e3", b"99999999999999999999"])
def test_a_content_length_that_is_none_is_refused_and_nothing_is_made(say, token, length):
    before = stored()
    headers = (b"Authorization: Bearer " + token.encode(), JSON, b"Content-Length: " + length)

    assert_refused(say(request(b"POST", b"/api/v1/sites", *headers) + b'{"name": "x"}'), 400, 413)
    assert stored() == before


def test_a_body_that_ends_early_is_a_400_and_nothing_is_made(say, token):
    before = stored()
    headers = (b"Authorization: Bearer " + token.encode(), JSON, b"Content-Length: 500")

    assert_refused(say(request(b"POST", b"/api/v1/sites", *headers) + b'{"name": "x", "allowed'), 400)
    assert stored() == before


@pytest.mark.parametrize("path", [b"/api/v1/sites", b"/api/v1/verify"])
def test_ten_megabytes_are_a_413(say, token, path):
    before = stored()
    body = b'{"name": "' + b"x" * 10_000_000 + b'"}'

    message = assert_refused(
        say(request(b"POST", path, b"Authorization: Bearer " + token.encode(), JSON, body=body)), 413
    )

    assert message == "The body is larger than 1 MiB."
    assert stored() == before


@pytest.mark.parametrize(
    "header",
    [
        b"Content-Type: application/json; charset=no-such-charset",
        b"Content-Type: application/json; charset=utf-16",
        b"Content-Type: application/json; charset=\xff",
        b"Content-Type: \xff\xfe",
        b"Content-Type:",
        b"Content-Encoding: gzip",
        b"X-Forwarded-For: <script>, 1.2.3.4, \xff",
        b"X-HTTP-Method-Override: DELETE",
        b"Cookie: gatehouse_session=\xff\xff; ;;=;",
        b"User-Agent: \x7f\x1b[31m\xff",
        b"Accept: text/html",
        b"Accept-Language: " + b"x-" * 2000,
    ],
)
def test_odd_headers_beside_a_key_break_nothing(say, token, account, header):
    good = json.dumps({"name": "x", "allowedOrigins": ["https://x.example"], "accountId": str(account.pk)}).encode()
    raw = request(b"POST", b"/api/v1/sites", b"Authorization: Bearer " + token.encode(), header, body=good)

    status, headers, _ = say(raw)

    assert status in {201, 400, 415}
    assert headers["content-type"] == "application/json"
