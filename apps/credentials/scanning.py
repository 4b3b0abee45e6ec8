r"""Finding tokens of this product in anything: bytes in, tokens out, by format and checksum, without a database.

A token is found wherever it stands, also directly behind or before letters and digits. Leaks look like that:
`\nnct_…` inside JSON, `%3Dnct_…` inside an address, a file without a newline at its end. Asking for a word's
boundary would miss these, and gains nothing: among texts that only look like tokens, one in 2³² has a right
checksum. Text in UTF-16, as PowerShell's `>` writes it, is read too. What is compressed or encoded is not.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from apps.credentials.format import CHECKSUM_LENGTH, RANDOM_LENGTH, TokenKind, is_well_formed
from apps.credentials.plain import PlainSecret

CHUNK_SIZE: Final = 1 << 20  # bytes
_BODY_LENGTH: Final = RANDOM_LENGTH + CHECKSUM_LENGTH
_OVERLAP: Final = 2 * (max(map(len, TokenKind)) + _BODY_LENGTH)  # bytes; no token is longer, in UTF-16 either

_PREFIX: Final = re.compile(
    b"|".join(spelled for kind in TokenKind for spelled in (kind.encode(), kind.encode("utf-16-le")[:-1]))
)
_BODY: Final = re.compile(rb"[0-9A-Za-z]{%d}" % _BODY_LENGTH)
_WIDE_BODY: Final = re.compile(rb"(?:\0[0-9A-Za-z]){%d}" % _BODY_LENGTH)


@dataclass(frozen=True, slots=True)
class FoundToken:
    """A token and where it stands.

    Attributes:
        kind: what it is for.
        token: the token itself.
        line: the line that it begins in, counted from 1.
    """

    kind: TokenKind
    token: PlainSecret
    line: int


def find_tokens(content: bytes) -> Iterator[FoundToken]:
    """The tokens in `content`, in the order in which they begin."""
    line, counted = 1, 0
    for start, _, kind, text in _matches(content):
        line += content.count(b"\n", counted, start)
        counted = start
        yield FoundToken(kind, PlainSecret(text), line)


def find_tokens_in_stream(stream: BinaryIO, chunk_size: int = CHUNK_SIZE) -> Iterator[FoundToken]:
    """The tokens in a stream of any length, read piece by piece; one that lies across a border is found once.

    Args:
        stream: read to its end.
        chunk_size: bytes to hold at a time, besides the end of those before.

    Raises:
        OSError: when it cannot be read to its end.
    """
    kept, line = b"", 1
    while chunk := stream.read(chunk_size):
        window = kept + chunk
        counted = 0
        for start, end, kind, text in _matches(window):
            if end > len(kept):  # else it was found with the chunk before
                line += window.count(b"\n", counted, start)
                counted = start
                yield FoundToken(kind, PlainSecret(text), line)
        border = max(len(window) - _OVERLAP, 0)
        # Lines are counted up to `counted`; the next window begins at `border`, which may lie before or behind it.
        line += window.count(b"\n", counted, border) - window.count(b"\n", border, counted)
        kept = window[border:]


def _matches(content: bytes) -> Iterator[tuple[int, int, TokenKind, str]]:
    """Start, end, kind and text of each token. Every prefix is tried, also one inside what another begins."""
    for prefix in _PREFIX.finditer(content):
        is_wide = b"\0" in prefix[0]
        body = (_WIDE_BODY if is_wide else _BODY).match(content, prefix.end())
        if body is None:
            continue
        text = (prefix[0] + body[0]).replace(b"\0", b"").decode("ascii")
        kind = next(kind for kind in TokenKind if text.startswith(kind))
        if is_well_formed(kind, text):
            yield prefix.start(), body.end(), kind, text
