"""How a token looks: a prefix, 32 random characters, 6 of checksum; and what is rejected without a look-up."""

import re
import zlib
from pathlib import Path

import pytest
from django.conf import settings
from hypothesis import given
from hypothesis import strategies as st

from apps.credentials import base62
from apps.credentials.format import PATTERNS, TokenKind, is_well_formed, masked, mint

PREFIXES = {TokenKind.API_KEY: "nct_", TokenKind.SITE_SECRET: "ss_live_", TokenKind.INVITATION: "nci_"}
every_kind = pytest.mark.parametrize("kind", TokenKind)


@every_kind
def test_a_token_is_prefix_and_38_letters_and_digits(kind):
    token = mint(kind).reveal()

    assert re.fullmatch(rf"{PREFIXES[kind]}[0-9A-Za-z]{{38}}", token)
    assert PATTERNS[kind].fullmatch(token)


@every_kind
def test_a_double_click_selects_all_of_it(kind):
    assert re.fullmatch(r"\w+", mint(kind).reveal(), re.ASCII)


@every_kind
def test_the_published_expression_finds_a_token_in_the_middle_of_a_text(kind):
    token = mint(kind).reveal()

    assert PATTERNS[kind].findall(f'key = "{token}",') == [token]


def test_the_published_expressions_are_those_that_the_code_uses():
    published = (Path(settings.BASE_DIR) / "docs" / "security.md").read_text(encoding="utf-8")

    for kind in TokenKind:
        assert PATTERNS[kind].pattern in published


@every_kind
def test_the_checksum_is_the_crc_32_of_the_random_part(kind):
    token = mint(kind).reveal().removeprefix(kind)

    assert base62.decode(token[32:]) == zlib.crc32(token[:32].encode())


@every_kind
def test_no_two_tokens_are_alike(kind):
    assert len({mint(kind).reveal() for _ in range(500)}) == 500


def test_every_character_of_the_alphabet_is_used():
    used = {character for _ in range(100) for character in mint(TokenKind.API_KEY).reveal()[4:36]}

    assert used == set(base62.ALPHABET)


@every_kind
def test_a_fresh_token_is_well_formed_as_its_kind_and_as_no_other(kind):
    token = mint(kind).reveal()

    assert [other for other in TokenKind if is_well_formed(other, token)] == [kind]


@given(st.integers(8, 45), st.sampled_from(base62.ALPHABET))
def test_one_wrong_character_is_noticed(position, character):
    token = mint(TokenKind.SITE_SECRET).reveal()
    typed = token[:position] + character + token[position + 1 :]

    assert is_well_formed(TokenKind.SITE_SECRET, typed) is (typed == token)


@given(st.text(max_size=60))
def test_no_text_is_a_token_by_chance(text):
    assert not any(is_well_formed(kind, text) for kind in TokenKind)


@pytest.mark.parametrize(
    "spoil", [lambda t: t + "\n", lambda t: " " + t, lambda t: t[:-1], lambda t: t + "0", str.upper, lambda t: t[::-1]]
)
def test_what_surrounds_or_shortens_a_token_spoils_it(spoil):
    assert not is_well_formed(TokenKind.API_KEY, spoil(mint(TokenKind.API_KEY).reveal()))


def test_a_stored_token_is_shown_by_its_last_four():
    token = mint(TokenKind.SITE_SECRET)

    assert masked(TokenKind.SITE_SECRET, token.last_four) == f"ss_live_…{token.reveal()[-4:]}"
