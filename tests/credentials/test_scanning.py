"""Finding tokens in anything: each is found wherever it stands, once, in its line; and nothing else is."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from apps.credentials import base62
from apps.credentials.format import TokenKind, mint
from apps.credentials.scanning import FoundToken, find_tokens, find_tokens_in_stream

TOKEN = mint(TokenKind.API_KEY).reveal()
OTHER = mint(TokenKind.SITE_SECRET).reveal()
tokens = st.sampled_from(TokenKind).map(lambda kind: mint(kind).reveal())
noise = st.binary(max_size=120) | st.text(base62.ALPHABET + "_\n", max_size=120).map(str.encode)


def shown(found: FoundToken) -> tuple[str, str, int]:
    return found.kind.name, found.token.reveal(), found.line


def texts(content: bytes) -> list[str]:
    return [found.token.reveal() for found in find_tokens(content)]


@given(noise, tokens, noise)
def test_a_token_is_found_whatever_surrounds_it_and_named_by_its_line(before, token, after):
    [found] = list(find_tokens(before + token.encode() + after))

    assert found.token.reveal() == token
    assert token.startswith(found.kind)
    assert found.line == before.count(b"\n") + 1


@given(st.lists(st.tuples(noise, tokens), max_size=6), noise)
def test_all_of_several_tokens_are_found_in_their_order(parts, end):
    content = b"".join(before + token.encode() for before, token in parts) + end

    assert texts(content) == [token for _, token in parts]


@given(st.lists(st.tuples(noise, tokens), max_size=4), noise, st.integers(1, 200), st.booleans())
def test_read_in_pieces_of_any_size_the_same_is_found_once(parts, end, chunk_size, is_wide):
    encoding = "utf-16-le" if is_wide else "ascii"
    content = b"".join(before + token.encode(encoding) for before, token in parts) + end

    in_pieces = [shown(found) for found in find_tokens_in_stream(io.BytesIO(content), chunk_size)]
    assert in_pieces == [shown(found) for found in find_tokens(content)]


@given(st.binary(max_size=2000))
def test_nothing_is_found_where_nothing_is(content):
    assert texts(content) == []


@given(tokens, st.integers(1, 38), st.sampled_from(base62.ALPHABET))
def test_a_wrong_checksum_is_no_token(token, position, character):
    typed = token[:-position] + character + token[len(token) - position + 1 :]

    assert texts(typed.encode()) == ([token] if typed == token else [])


@given(tokens, st.integers(1, 45))
def test_a_part_of_a_token_is_none(token, missing):
    assert texts(token[:-missing].encode()) == []
    assert texts(token[missing:].encode()) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16-le", "utf-16-be", "utf-16", "latin-1"])
def test_every_encoding_that_editors_and_shells_write_is_read(encoding):
    [found] = list(find_tokens(f"# ä\r\nKEY={TOKEN}\r\n".encode(encoding)))

    assert (found.token.reveal(), found.line) == (TOKEN, 2)


@pytest.mark.parametrize(
    "leak",
    [
        f'{{"log": "GET /?a=1\\n{TOKEN}\\n"}}',
        f"https://x.example/?q=key%3D{TOKEN}%26b",
        f"x{TOKEN}x",
        f"nct_{TOKEN}",
        f"nct_{'0' * 35}{TOKEN}",
        f"{OTHER[:-1]}{TOKEN}",
        f"{TOKEN}{'9' * 40}",
        f"{TOKEN}_{TOKEN[4:]}",
    ],
    ids=range(8),
)
def test_a_token_between_other_letters_is_found_as_leaks_look(leak):
    assert texts(leak.encode()) == [TOKEN]


def test_two_tokens_without_anything_between_them_are_two():
    assert texts(f"{TOKEN}{OTHER}{TOKEN}".encode()) == [TOKEN, OTHER, TOKEN]


def test_what_was_found_does_not_show_itself():
    [found] = list(find_tokens(TOKEN.encode()))

    assert TOKEN not in repr(found)


def test_a_stream_is_held_in_bounded_pieces():
    class Long(io.BytesIO):
        """A hundred pieces, and how large each was asked for."""

        asked: list[int | None] = []

        def read(self, size: int | None = -1) -> bytes:
            self.asked.append(size)
            return b"x" * (size or 0) if len(self.asked) < 100 else b""

    assert list(find_tokens_in_stream(Long(), chunk_size=1000)) == []
    assert set(Long.asked) == {1000}
