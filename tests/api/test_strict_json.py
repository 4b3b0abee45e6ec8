"""The one reading of JSON: everything that is JSON comes through as it is, everything else is refused with a reason."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from apps.api.strict_json import MAX_DEPTH, JsonRefused, strict_loads

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"))
scalars = st.none() | st.booleans() | st.integers(-(10**40), 10**40) | st.floats(allow_nan=False, allow_infinity=False)
values = st.recursive(
    scalars | texts,
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=20,
)

REFUSED = {
    b"": "not JSON",
    b" ": "not JSON",
    b"{": "not JSON",
    b"{'a': 1}": "not JSON",
    b'{"a": 1,}': "not JSON",
    b'{"a": 1} {"b": 2}': "not JSON",
    b'{"a": 1}\x00': "not JSON",
    b"// comment\n{}": "not JSON",
    b'"tab\tinside"': "not JSON",
    b'"a\x00b"': "not JSON",
    b"01": "not JSON",
    b"+1": "not JSON",
    b".5": "not JSON",
    b"0x10": "not JSON",
    b"nan": "not JSON",
    b"\xef\xbb\xbf{}": "not JSON",
    b"\xff\xfe{\x00}\x00": "not UTF-8",
    b'"\xe9"': "not UTF-8",
    b'"\xed\xa0\x80"': "not UTF-8",
    b'{"a": 1, "a": 1}': 'the key "a" twice',
    b'[{"deep": {"a": 1, "b": 2, "a": 3}}]': 'the key "a" twice',
    b'{"a": 1, "\\u0061": 2}': 'the key "a" twice',
    b"NaN": "NaN",
    b"[Infinity]": "Infinity",
    b'{"a": -Infinity}': "-Infinity",
    b"1e400": "too large",
    b"[-1e400]": "too large",
    b"1" * 5000: "too long",
    b'"a\\u0000b"': "NUL",
    b'{"\\u0000": 1}': "NUL",
    b'"\\ud800"': "surrogate",
    b'"\\udc00\\ud800"': "surrogate",
    b'{"\\udfff": 1}': "surrogate",
    b"[" * 21 + b"]" * 21: "deeper than 20",
    b'{"a":' * 21 + b"1" + b"}" * 21: "deeper than 20",
    b"[" * 100_000: "",
    b"[" * 100_000 + b"]" * 100_000: "deeper than 20",
    b'{"a":' * 100_000: "",
}


@given(values)
@settings(max_examples=300, deadline=None)
def test_what_json_writes_is_read_as_json_reads_it(value):
    text = json.dumps(value)

    assert strict_loads(text.encode()) == json.loads(text)


@given(texts)
@settings(max_examples=200, deadline=None)
def test_any_text_comes_through_escaped_or_not(text):
    for ensure_ascii in (True, False):
        assert strict_loads(json.dumps([text], ensure_ascii=ensure_ascii).encode()) == [text]


@given(st.binary(max_size=200) | st.text(alphabet='{}[]",:0123456789eE+-.\\u truefalsn\0', max_size=60).map(str.encode))
@settings(max_examples=500, deadline=None)
def test_any_bytes_are_read_as_json_would_or_refused_and_nothing_else_happens(raw):
    try:
        value = strict_loads(raw)
    except JsonRefused:
        return
    assert value == json.loads(raw.decode())


@pytest.mark.parametrize(("raw", "says"), REFUSED.items(), ids=[repr(raw[:30]) for raw in REFUSED])
def test_what_two_readers_could_read_differently_is_refused_with_the_reason(raw, says):
    with pytest.raises(JsonRefused) as refused:
        strict_loads(raw)

    assert says in str(refused.value)
    assert len(str(refused.value)) < 200


def test_nesting_up_to_the_limit_is_read():
    depth = MAX_DEPTH - 1
    raw = b"[" * depth + b"1" + b"]" * depth

    value = strict_loads(raw)
    for _ in range(depth):
        (value,) = value
    assert value == 1


def test_a_pair_of_surrogates_is_one_character():
    assert strict_loads(b'"\\ud83d\\ude00"') == "😀"


def test_a_reason_shows_a_long_key_only_in_part():
    with pytest.raises(JsonRefused) as refused:
        strict_loads(b'{"%s": 1, "%s": 2}' % (b"k" * 9000, b"k" * 9000))

    assert len(str(refused.value)) < 100
