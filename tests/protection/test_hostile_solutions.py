"""Solutions that nobody has solved: whatever is sent, it is an outcome; whatever was changed, it is refused."""

import base64
import json
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.protection.issuing import IssuedChallenge
from apps.protection.outcomes import Outcome
from apps.protection.signing import Purpose, key_for
from apps.protection.solutions import LONGEST, is_genuine, read_solution
from apps.sites.models import Site
from tests.protection.solving import encoded, issue, payload_of, set_site, verify_later

pytestmark = pytest.mark.django_db

QUICK = settings(
    max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck), database=None
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=40),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
SIGNED = [
    ("challenge", "signature"),
    *(
        ("challenge", "parameters", name)
        for name in ("algorithm", "cost", "keyLength", "keyPrefix", "keySignature", "nonce", "salt")
    ),
    *(("challenge", "parameters", "data", name) for name in "sotpdev"),
    ("solution", "counter"),
    ("solution", "derivedKey"),
]


@pytest.fixture
def good(site: Site) -> dict[str, Any]:
    """A whole good solution, as JSON values; it may be verified any number of times."""
    set_site(site, max_replay_count=1_000_000)
    issued: IssuedChallenge = issue(site)
    return payload_of(issued.parameters, issued.signature)


def changed(payload: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    """The payload with another value at one place."""
    copy = deepcopy(payload)
    place = copy
    for name in path[:-1]:
        place = place[name]
    place[path[-1]] = value
    return copy


def value_at(payload: dict[str, Any], path: tuple[str, ...]) -> Any:
    found: Any = payload
    for name in path:
        found = found[name]
    return found


@pytest.mark.parametrize("path", SIGNED, ids=".".join)
def test_no_changed_field_is_accepted(site: Site, good: dict[str, Any], path: tuple[str, ...]) -> None:
    was = value_at(good, path)

    @QUICK
    @given(st.data())
    def try_values(data: st.DataObject) -> None:
        near = st.just(was + 1) | st.just(max(0, was - 1)) if isinstance(was, int) else st.just(was[::-1])
        value = data.draw(near | JSON)
        if value == was and type(value) is type(was):
            return
        assert not verify_later(site, encoded(changed(good, path, value))).passes

    try_values()
    assert verify_later(site, encoded(good)).passes


@pytest.mark.parametrize("path", SIGNED, ids=".".join)
def test_no_missing_field_is_accepted(site: Site, good: dict[str, Any], path: tuple[str, ...]) -> None:
    without = deepcopy(good)
    del value_at(without, path[:-1])[path[-1]]
    expected = Outcome.INVALID if path[-1] == "v" else Outcome.NOT_A_SOLUTION  # nothing sealed is nothing genuine
    assert verify_later(site, encoded(without)).outcome is expected


def test_no_field_may_be_added(site: Site, good: dict[str, Any]) -> None:
    for path in (("x",), ("challenge", "x"), ("challenge", "parameters", "expiresAt"), ("solution", "x")):
        assert verify_later(site, encoded(changed(good, path, 1))).outcome is Outcome.NOT_A_SOLUTION


def test_no_text_is_an_error(site: Site, good: dict[str, Any]) -> None:
    raw = json.dumps(good).encode()

    @QUICK
    @given(
        st.text(max_size=300)
        | st.binary(max_size=300).map(lambda junk: base64.b64encode(junk).decode())
        | JSON.map(encoded)
        | st.tuples(st.integers(0, len(raw) - 1), st.integers(0, 255)).map(lambda at: _with_byte(raw, *at))
    )
    def try_texts(text: str) -> None:
        found = verify_later(site, text)
        if found.passes:  # a changed byte of what nobody signs: the browser's own claim of its time
            assert json.loads(_decoded(text)) | {"solution": None} == good | {"solution": None}
        else:
            assert found.outcome in {Outcome.NOT_A_SOLUTION, Outcome.INVALID}

    try_texts()


def _with_byte(raw: bytes, at: int, byte: int) -> str:
    return base64.b64encode(raw[:at] + bytes([byte]) + raw[at + 1 :]).decode()


def _decoded(text: str) -> bytes:
    return base64.b64decode(text)


def test_both_alphabets_of_base_64_are_read_with_and_without_padding(site: Site, good: dict[str, Any]) -> None:
    raw = json.dumps(good).encode()
    for text in (base64.b64encode(raw).decode(), base64.urlsafe_b64encode(raw).decode()):
        for spelled in (text, text.rstrip("="), f" {text}\n"):
            assert verify_later(site, spelled).passes


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "=",
        "====",
        "A",
        "x" * (LONGEST + 1),
        base64.b64encode(b"[" * 6000).decode(),
        base64.b64encode(b'{"challenge":' * 400).decode(),
        base64.b64encode(b"{}").decode(),
        base64.b64encode(b"null").decode(),
        base64.b64encode(b'{"challenge":null,"solution":null,"test":true}').decode(),
        base64.b64encode('{"challenge":"\ud800"}'.encode("utf-8", "surrogatepass")).decode(),
        base64.b64encode(b'{"challenge":"\\ud800"}').decode(),
        "\0",
        "ä" * 100,
    ],
)
def test_what_is_no_solution_is_told_so(site: Site, text: str) -> None:
    assert verify_later(site, text).outcome is Outcome.NOT_A_SOLUTION


def test_a_numbers_that_no_database_has_are_refused(site: Site, good: dict[str, Any]) -> None:
    for value in (-1, 2**32, 2**63, 2**200, 1.5, True):
        assert not verify_later(site, encoded(changed(good, ("solution", "counter"), value))).passes
    for value in (10**30, -(10**30)):
        assert not verify_later(site, encoded(changed(good, ("challenge", "parameters", "data", "t"), value))).passes


def test_a_forged_challenge_costs_no_derivation(
    site: Site, good: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not even with a cost of billions: nothing is derived at a verification."""
    monkeypatch.setattr("hashlib.pbkdf2_hmac", lambda *_: pytest.fail("a key was derived"))
    forged = changed(good, ("challenge", "parameters", "cost"), 2**40)
    assert verify_later(site, encoded(forged)).outcome is Outcome.INVALID
    assert verify_later(site, encoded(good)).passes


def test_keys_differ_by_purpose_and_there_is_none_without_its_pepper(site: Site) -> None:
    keys = {key_for(purpose, 1) for purpose in Purpose}
    assert len(keys) == len(Purpose)
    assert None not in keys
    assert key_for(Purpose.CHALLENGE, 4096) is None


def test_the_right_key_of_another_challenge_is_refused(site: Site, good: dict[str, Any]) -> None:
    other = issue(site)
    stolen = good | {"challenge": {"parameters": other.parameters, "signature": other.signature}}
    read = read_solution(encoded(stolen))
    assert read is not None
    assert not is_genuine(read)
