"""Base 62 and site keys: what is spelled can be read back, and nothing else is read."""

from uuid import UUID

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from apps.credentials import base62
from apps.sites import site_key

BASE62_TEXT = st.text(base62.ALPHABET, min_size=1, max_size=30)


@given(st.integers(0, 62**22 - 1))
def test_a_number_comes_back_from_its_spelling(number):
    spelled = base62.encode(number, 22)

    assert len(spelled) == 22
    assert base62.decode(spelled) == number


@given(BASE62_TEXT)
def test_a_spelling_comes_back_from_its_number(text):
    assert base62.encode(base62.decode(text), len(text)) == text


@given(st.integers(0, 62**6 - 1), st.integers(0, 62**6 - 1))
def test_spellings_of_one_width_sort_as_their_numbers(one, other):
    assert (one < other) == (base62.encode(one, 6) < base62.encode(other, 6))


@pytest.mark.parametrize(("number", "width"), [(-1, 5), (62**5, 5), (1, 0)])
def test_a_number_that_does_not_fit_is_refused(number, width):
    with pytest.raises(ValueError, match="does not fit"):
        base62.encode(number, width)


@pytest.mark.parametrize("text", ["a-b", "ä", "a b", "٣", "a\n", "+1", "_"])
def test_a_character_outside_the_alphabet_is_refused(text):
    with pytest.raises(ValueError, match="Not a base 62 number"):
        base62.decode(text)


@given(st.uuids())
def test_a_site_key_is_read_back_from_every_contracts_spelling(key: UUID):
    ours = site_key.spell(key)

    assert ours.startswith("sk_live_")
    assert len(ours) == 30
    for spelling in (ours, ours.replace("sk_live_", "pk_"), key.hex, key.hex.upper(), str(key), str(key).upper()):
        assert site_key.read(spelling) == key


@given(st.uuids(), st.uuids())
def test_two_keys_never_share_a_spelling(one, other):
    assume(one != other)

    assert site_key.spell(one) != site_key.spell(other)


@given(BASE62_TEXT | st.text(max_size=40))
def test_any_other_text_is_no_site_key(text):
    if len(text) != 32:
        assert site_key.read(text) is None
    if len(text) != 22:
        assert site_key.read(f"sk_live_{text}") is None


@pytest.mark.parametrize("text", [f"sk_live_{'z' * 22}", base62.encode(1 << 128, 22), "", "sk_live_", "0" * 33])
def test_a_number_beyond_128_bits_and_a_wrong_length_are_no_site_key(text):
    assert site_key.read(text) is None
    assert site_key.read(f"sk_live_{text}") is None


def test_the_first_and_the_last_key_there_can_be_are_read_back():
    for key in (UUID(int=0), UUID(int=(1 << 128) - 1)):
        assert site_key.read(site_key.spell(key)) == key
