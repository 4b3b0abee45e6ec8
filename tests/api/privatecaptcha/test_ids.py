"""Ids on the wire: opaque, of one kind of thing each, and this installation's own."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.api.privatecaptcha import ids
from apps.api.privatecaptcha.ids import IdSpace

NUMBERS = st.integers(1, 2**63 - 1)


@given(NUMBERS, st.sampled_from(IdSpace))
def test_an_id_is_at_least_ten_letters_and_digits_and_reads_back(number, space):
    text = ids.encode(space, number)
    assert re.fullmatch(r"[A-Za-z0-9]{10,24}", text)
    assert ids.decode(space, text) == number


@given(NUMBERS)
def test_an_id_of_one_kind_is_none_of_the_other(number):
    assert ids.decode(IdSpace.PROPERTY, ids.encode(IdSpace.ORGANIZATION, number)) is None
    assert ids.decode(IdSpace.ORGANIZATION, ids.encode(IdSpace.PROPERTY, number)) is None


@given(st.text(max_size=40) | st.from_regex(r"[A-Za-z0-9]{10,24}", fullmatch=True))
def test_any_other_text_is_none(text):
    number = ids.decode(IdSpace.PROPERTY, text)
    assert number is None or ids.encode(IdSpace.PROPERTY, number) == text


def test_neighbours_do_not_look_alike():
    made = [ids.encode(IdSpace.PROPERTY, number) for number in range(1, 2001)]
    assert len(set(made)) == len({text[:6] for text in made}) == 2000


@pytest.mark.parametrize("space", IdSpace)
def test_another_installation_has_other_ids(settings, space):
    here = ids.encode(space, 1)
    settings.SECRET_KEY = "another installation's, which is long enough to be one" * 2
    assert ids.encode(space, 1) != here
    assert ids.decode(space, here) is None
