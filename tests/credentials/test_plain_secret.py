"""A `PlainSecret` is read by `reveal()` and by no accident."""

import copy
import json
import logging
import pickle

import msgspec
import pytest
from django.core.signing import JSONSerializer

from apps.credentials.plain import PlainSecret

TEXT = "nct_averysecrettext"


@pytest.fixture
def secret() -> PlainSecret:
    return PlainSecret(TEXT)


def test_it_is_read_by_reveal(secret):
    assert secret.reveal() == TEXT
    assert secret.last_four == "text"


@pytest.mark.parametrize(
    "use",
    [
        str,
        "{}".format,
        "{:>50}".format,
        lambda secret: f"{secret}",
        lambda secret: "%s" % secret,  # noqa: UP031
        lambda secret: "key: " + secret,
        json.dumps,
        lambda secret: json.dumps({"key": secret}),
        msgspec.json.encode,
        msgspec.msgpack.encode,
        lambda secret: JSONSerializer().dumps({"key": secret}),
        pickle.dumps,
        lambda secret: pickle.dumps({"key": [secret]}, protocol=2),
        copy.copy,
        copy.deepcopy,
        vars,
        bytes,
        list,
        len,
        iter,
    ],
)
def test_nothing_else_reads_it(secret, use):
    with pytest.raises(TypeError) as refused:
        use(secret)

    assert TEXT not in str(refused.value)


def test_it_shows_nothing_of_itself_where_something_has_to_be_shown(secret):
    assert repr(secret) == "PlainSecret(…)"
    assert TEXT not in repr({"key": [secret]})
    assert TEXT not in "%r" % secret  # noqa: UP031
    assert TEXT not in f"{secret!r}"


def test_a_log_line_cannot_hold_it(secret):
    lines = [logging.makeLogRecord({"msg": message, "args": (secret,)}) for message in ("made %r", "made %s")]

    assert lines[0].getMessage() == "made PlainSecret(…)"
    with pytest.raises(TypeError):
        lines[1].getMessage()


def test_it_holds_nothing_but_the_text(secret):
    assert not hasattr(secret, "__dict__")
    with pytest.raises(AttributeError):
        secret.other = 1
