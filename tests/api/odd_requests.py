"""The endpoints with a request that succeeds for each, and the many ways in which a request can be odd."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, Final

from apps.accounts.models import Account, Membership, User
from apps.api_keys.models import ApiKey
from apps.sites.models import Site, SiteSecret

JSON: Final = "application/json"


@dataclass(frozen=True)
class Endpoint:
    """One method on one path."""

    name: str
    method: str
    path: str
    body: dict[str, Any] | None = None
    query: str = ""
    takes_key: bool = True


ENDPOINTS: Final = [
    Endpoint(
        "create",
        "POST",
        "/api/v1/sites",
        body={"name": "My App", "allowedOrigins": ["https://app.example.com"], "accountId": "ACCOUNT"},
    ),
    Endpoint("list", "GET", "/api/v1/sites", query="accountId=ACCOUNT"),
    Endpoint("get", "GET", "/api/v1/sites/SITE"),
    Endpoint("update", "PATCH", "/api/v1/sites/SITE", body={"name": "Changed"}),
    Endpoint("deactivate", "DELETE", "/api/v1/sites/SITE"),
    Endpoint("rotate", "POST", "/api/v1/sites/SITE/rotate-secret"),
    Endpoint("whoami", "GET", "/api/v1/whoami"),
    Endpoint(
        "verify",
        "POST",
        "/api/v1/verify",
        body={"solution": "x", "secret": "SECRET", "siteKey": "SITE"},
        takes_key=False,
    ),
]


@dataclass(frozen=True)
class Sent:
    """A request as it goes over the wire."""

    method: str
    path: str
    query: str
    body: bytes
    content_type: str
    headers: dict[str, str] = field(default_factory=dict)

    @property
    def address(self) -> str:
        return f"{self.path}?{self.query}" if self.query else self.path


def good_request(endpoint: Endpoint, *, account: str, site: str, secret: str, token: str) -> Sent:
    """The request that succeeds."""

    def filled(text: str) -> str:
        return text.replace("ACCOUNT", account).replace("SITE", site).replace("SECRET", secret)

    body = filled(json.dumps(endpoint.body)).encode() if endpoint.body else b""
    headers = {"Authorization": f"Bearer {token}"} if endpoint.takes_key else {}
    content_type = JSON if endpoint.body else ""
    return Sent(endpoint.method, filled(endpoint.path), filled(endpoint.query), body, content_type, headers)


Change = Callable[[Sent], Sent]


@dataclass(frozen=True)
class Oddity:
    """A way to spoil a good request.

    Attributes:
        name: what is odd.
        change: spoils it.
        statuses: what it may be answered with.
        concerns: for which endpoints it is odd at all.
    """

    name: str
    change: Change
    statuses: tuple[int, ...]
    concerns: Callable[[Endpoint], bool]


def _with_body(endpoint: Endpoint) -> bool:
    return endpoint.body is not None


def _with_key(endpoint: Endpoint) -> bool:
    return endpoint.takes_key


def _with_site(endpoint: Endpoint) -> bool:
    return "SITE" in endpoint.path


def _every(endpoint: Endpoint) -> bool:
    return True


def _body(raw: bytes) -> Change:
    return lambda sent: replace(sent, body=raw)


def _spoiled(change: Callable[[str], str]) -> Change:
    """Change the good body's text."""
    return lambda sent: replace(sent, body=change(sent.body.decode()).encode("utf-8", "surrogatepass"))


def _first_value(raw: str) -> Change:
    """Put `raw` where the first field's value stands."""

    def change(text: str) -> str:
        name, value = next(iter(json.loads(text).items()))
        return text.replace(f'"{name}": {json.dumps(value)}', f'"{name}": {raw}')

    return _spoiled(change)


def _typed(content_type: str, body: bytes | None = None) -> Change:
    return lambda sent: replace(sent, content_type=content_type, body=sent.body if body is None else body)


def _bytes_in_value(raw: bytes) -> Change:
    return lambda sent: replace(sent, body=sent.body.replace(b'": "', b'": "' + raw, 1))


MALFORMED = (400,)
BODIES: Final = [
    Oddity(name, change, MALFORMED, _with_body)
    for name, change in {
        "no body": _body(b""),
        "white space": _body(b" \n\t "),
        "an empty array": _body(b"[]"),
        "an array around the object": _spoiled(lambda text: f"[{text}]"),
        "a string": _body(b'"name"'),
        "the object in a string": _spoiled(json.dumps),
        "a number": _body(b"42"),
        "null": _body(b"null"),
        "true": _body(b"true"),
        "half of the object": _spoiled(lambda text: text[:-5]),
        "two objects": _spoiled(lambda text: text + text),
        "something behind the object": _spoiled(lambda text: f"{text}x"),
        "single quotes": _spoiled(lambda text: text.replace('"', "'")),
        "a comment": _spoiled(lambda text: f"// hello\n{text}"),
        "a trailing comma": _spoiled(lambda text: f"{text[:-1]},}}"),
        "a NUL behind the object": _spoiled(lambda text: f"{text}\0"),
        "a NUL in a string": _bytes_in_value(b"\0"),
        "an escaped NUL": _bytes_in_value(b"\\u0000"),
        "a lone high surrogate": _bytes_in_value(b"\\ud800"),
        "a lone low surrogate": _bytes_in_value(b"\\udfff"),
        "surrogates in the wrong order": _bytes_in_value(b"\\udc00\\ud800"),
        "a surrogate in UTF-8": _bytes_in_value(b"\xed\xa0\x80"),
        "Latin 1": _bytes_in_value(b"\xe9"),
        "an overlong encoding": _bytes_in_value(b"\xc0\xaf"),
        "a byte order mark": _spoiled(lambda text: f"\ufeff{text}"),
        "UTF-16": lambda sent: replace(sent, body=sent.body.decode().encode("utf-16")),
        "a field given twice": _spoiled(lambda text: text.replace("{", '{"name": "a", "name": "b", ', 1)),
        "a field twice, once escaped": _spoiled(lambda text: text.replace("{", '{"x": 1, "\\u0078": 2, ', 1)),
        "NaN": _first_value("NaN"),
        "Infinity": _first_value("-Infinity"),
        "an infinite exponent": _first_value("1e999"),
        "a number of 5000 digits": _first_value("9" * 5000),
        "a number of 4000 digits": _first_value("9" * 4000),
        "100,000 open brackets": _body(b"[" * 100_000),
        "100,000 open braces": _body(b'{"a":' * 100_000),
        "a value nested 30 deep": _first_value("[" * 30 + "]" * 30),
        "a value nested 5000 deep": _first_value('{"a":' * 5000 + "1" + "}" * 5000),
        "another type: null": _first_value("null"),
        "another type: a number": _first_value("1.5"),
        "another type: true": _first_value("true"),
        "another type: an object": _first_value('{"$ne": null}'),
        "another type: an array": _first_value('["a"]'),
        "a form as JSON": _body(b"name=a&siteKey=b"),
        "a multipart form as JSON": _body(b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--x--'),
        "XML as JSON": _body(b'<?xml version="1.0"?><!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]><a>&b;</a>'),
        "random bytes": _body(bytes(range(256))),
        "a form without a content type": _typed("", b"name=a&siteKey=b"),
    }.items()
]
TYPES: Final = [
    Oddity(name, change, statuses, _with_body)
    for name, change, statuses in [
        ("plain text", _typed("text/plain"), (415,)),
        ("HTML", _typed("text/html"), (415,)),
        ("XML", _typed("application/xml", b"<a/>"), (415,)),
        ("octets", _typed("application/octet-stream"), (415,)),
        ("a JSON dialect", _typed("application/vnd.api+json"), (415,)),
        ("a content type of 5000 characters", _typed("x/" + "y" * 5000), (415,)),
        ("a content type that is none", _typed("json"), (415,)),
        ("a form in place of JSON", _typed("application/x-www-form-urlencoded", b"name=a"), (400, 415)),
        ("a form of 2000 fields", _typed("application/x-www-form-urlencoded", b"&".join([b"a=1"] * 2000)), (400, 415)),
        ("a form in Latin 1", _typed("application/x-www-form-urlencoded; charset=latin-1", b"a=%E9"), (400, 415)),
        ("a form with a NUL", _typed("application/x-www-form-urlencoded", b"solution=%00"), (400, 415)),
        ("a multipart form without boundary", _typed("multipart/form-data", b"--x"), (400, 415)),
        ("a multipart form that breaks off", _typed("multipart/form-data; boundary=x", b"--x\r\nContent"), (400, 415)),
        (
            "a multipart form of 200 files",
            _typed(
                "multipart/form-data; boundary=x",
                b"".join(
                    b'--x\r\nContent-Disposition: form-data; name="f%d"; filename="a"\r\n\r\nb\r\n' % number
                    for number in range(200)
                )
                + b"--x--",
            ),
            (400, 415),
        ),
        ("10 MB", _body(b'{"name": "' + b"x" * 10_000_000 + b'"}'), (413,)),
        ("10 MB of brackets", _body(b"[" * 10_000_000), (413,)),
        ("a form of 2 MB", _typed("application/x-www-form-urlencoded", b"solution=" + b"x" * 2_000_000), (413, 415)),
    ]
]


def _headers(**given: str | None) -> Change:
    """Set headers; `None` takes one away."""

    def change(sent: Sent) -> Sent:
        wanted = sent.headers | {name.replace("_", "-"): value for name, value in given.items() if value is not None}
        gone = {name.replace("_", "-") for name, value in given.items() if value is None}
        return replace(sent, headers={name: value for name, value in wanted.items() if name not in gone})

    return change


def _moved(place: Callable[[Sent, str], Sent]) -> Change:
    """Take the key out of its header, and put it somewhere else."""

    def change(sent: Sent) -> Sent:
        token = sent.headers["Authorization"].removeprefix("Bearer ")
        return place(replace(sent, headers={}), token)

    return change


KEYS: Final = [
    Oddity(name, change, (401,), _with_key)
    for name, change in {
        "no key": _headers(Authorization=None),
        "an empty header": _headers(Authorization=""),
        "the scheme alone": _headers(Authorization="Bearer"),
        "the scheme and a space": _headers(Authorization="Bearer "),
        "the key without its scheme": _moved(lambda sent, key: replace(sent, headers={"Authorization": key})),
        "the key in the query as apiKey": _moved(lambda sent, key: replace(sent, query=f"{sent.query}&apiKey={key}")),
        "the key in the query as token": _moved(
            lambda sent, key: replace(sent, query=f"{sent.query}&access_token={key}")
        ),
        "the key as X-API-Key": _moved(lambda sent, key: replace(sent, headers={"X-API-Key": key})),
        "the key as apikey": _moved(lambda sent, key: replace(sent, headers={"apikey": key})),
        "the key as a cookie": _moved(lambda sent, key: replace(sent, headers={"Cookie": f"apiKey={key}"})),
        "the key in the body": _moved(
            lambda sent, key: replace(sent, body=json.dumps({"clientKey": key, "apiKey": key}).encode())
        ),
        "the key by Basic": _moved(lambda sent, key: replace(sent, headers={"Authorization": f"Basic {key}"})),
        "the key by Token": _moved(lambda sent, key: replace(sent, headers={"Authorization": f"Token {key}"})),
        "two keys": _moved(
            lambda sent, key: replace(sent, headers={"Authorization": f"Bearer {key},Bearer nct_{'0' * 38}"})
        ),
        "the key twice": _moved(lambda sent, key: replace(sent, headers={"Authorization": f"Bearer {key} {key}"})),
        "the key and something": _moved(lambda sent, key: replace(sent, headers={"Authorization": f"Bearer {key}x"})),
        "the key but its end": _moved(lambda sent, key: replace(sent, headers={"Authorization": f"Bearer {key[:-1]}"})),
        "the key with a wrong checksum": _moved(
            lambda sent, key: replace(sent, headers={"Authorization": f"Bearer {key[:-6]}000000"})
        ),
        "the key in capitals": _moved(
            lambda sent, key: replace(sent, headers={"Authorization": f"Bearer {key.upper()}"})
        ),
        "the key in quotes": _moved(lambda sent, key: replace(sent, headers={"Authorization": f'Bearer "{key}"'})),
        "an unknown key": _headers(Authorization="Bearer nct_000000000000000000000000000000003S9nIu"),
        "another vendor's key": _headers(Authorization="Bearer sk_test_4eC39HqLyjWDarjtT1zdp7dc"),
        "a key of 100,000 characters": _headers(Authorization=f"Bearer nct_{'0' * 100_000}"),
        "a key that is not ASCII": _headers(Authorization="Bearer nct_ключ"),
        "SQL": _headers(Authorization="Bearer ' OR 1=1 --"),
    }.items()
]


def _site_key(junk: str) -> Change:
    return lambda sent: replace(sent, path=sent.path.replace(sent.path.split("/")[4], junk))


def _query(text: str) -> Change:
    return lambda sent: replace(sent, query=text)


ADDRESSES: Final = [
    *(
        Oddity(f"host {host[:30]!r}", _headers(Host=host), (400,), _every)
        for host in (
            "evil.example",
            "127.0.0.1.evil.example",
            "a b",
            "localhost:x",
            "x" * 500,
            "localhost@evil.example",
        )
    ),
    Oddity("a NUL in the query", lambda sent: replace(sent, query=f"{sent.query}&a=%00"), (400,), _every),
    Oddity("a NUL in a query key", lambda sent: replace(sent, query=f"{sent.query}&a%00b=1"), (400,), _every),
    Oddity("a NUL in the path", lambda sent: replace(sent, path=f"{sent.path}%00"), (400,), _every),
    Oddity("something behind the path", lambda sent: replace(sent, path=f"{sent.path}/more/of/it"), (404,), _every),
    Oddity(
        "a path of 100,000 characters", lambda sent: replace(sent, path=f"{sent.path}{'x' * 100_000}"), (404,), _every
    ),
    Oddity("an unknown method", lambda sent: replace(sent, method="FROBNICATE"), (405,), _every),
    Oddity("PUT", lambda sent: replace(sent, method="PUT"), (405,), _every),
    Oddity("OPTIONS", lambda sent: replace(sent, method="OPTIONS"), (405,), _every),
    *(
        Oddity(
            f"site key {junk[:30]!r}",
            _site_key(junk),
            (404,),
            _with_site,
        )
        for junk in (
            "%ff%fe",
            "%ED%A0%80",
            "%2e%2e%2f%2e%2e",
            "..%5c..",
            "%25%30%30",
            "%F0%9F%92%A9",
            "sk_live_%20",
            "%0d%0aSet-Cookie:a=b",
            "'%20OR%201=1--",
            "x" * 10_000,
        )
    ),
    *(
        Oddity(name, _query(query), (400,), lambda endpoint: bool(endpoint.query))
        for name, query in {
            "no query": "",
            "accountId twice": "accountId=a&accountId=b",
            "accountId with brackets": "accountId[]=a",
            "an account that is no UUID": "accountId=%27%20OR%201=1--",
            "a query of 100,000 characters": f"accountId={'x' * 100_000}",
            "2000 query keys": "&".join(f"a{number}=1" for number in range(2000)),
            "a query that is no UTF-8": "accountId=%ff",
        }.items()
    ),
]
ODDITIES: Final = [*BODIES, *TYPES, *KEYS, *ADDRESSES]


def stored() -> dict[str, list[Any]]:
    """Everything that a request could change, but the log and the times of last use and refusal."""
    times = {"last_used_at", "last_refused_at"}
    return {
        model.__name__: list(
            model.objects.order_by("pk").values_list(
                *[field.name for field in model._meta.concrete_fields if field.name not in times]
            )
        )
        for model in (Account, User, Membership, Site, SiteSecret, ApiKey)
    }
