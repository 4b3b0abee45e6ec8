"""What an image says of itself in its first bytes. Nothing is decoded here: the process that asks stays small.

Sources: PNG (RFC 2083, 11.2.2), JPEG (ITU T.81, B.2.2), GIF89a (18), WebP (RFC 9649, 2.4 to 2.7).
"""

from dataclasses import dataclass
from typing import Final

_PNG: Final = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"
_JPEG: Final = b"\xff\xd8\xff"
_GIFS: Final = (b"GIF87a", b"GIF89a")
_STANDALONE: Final = frozenset({0x01, *range(0xD0, 0xD8)})  # JPEG markers without a length
_NO_FRAMES: Final = frozenset({0xC4, 0xC8, 0xCC})  # between the frame headers, and none
_BEFORE_FRAME: Final = frozenset({0xD9, 0xDA})  # the end, and the picture itself
_SCAN: Final = b"\xff\xda"  # begins a pass over the whole picture
_MOST_SCANS: Final = 100
"""Progressive pictures have about ten. Each costs as much as a picture and can be a few bytes, so that a small file
could keep a decoder busy for minutes; the data between them never holds these bytes, what else is in a file may.
"""


class NotAnImage(ValueError):
    """The bytes are no PNG, JPEG, WebP or GIF."""


@dataclass(frozen=True, slots=True)
class ImageHeader:
    """What an image is, by its own bytes.

    Attributes:
        format: as Pillow calls it: `PNG`, `JPEG`, `WEBP` or `GIF`.
        width: in pixels.
        height: in pixels.
    """

    format: str
    width: int
    height: int

    @property
    def pixels(self) -> int:
        """How many it has."""
        return self.width * self.height


def read_header(image: bytes) -> ImageHeader:
    """Format and size of an image, whatever its file is called.

    Raises:
        NotAnImage: for anything but a PNG, JPEG, WebP or GIF with a size.
    """
    if image.startswith(_PNG) and len(image) > 33:
        header = ImageHeader("PNG", _big(image[16:20]), _big(image[20:24]))
    elif image.startswith(_GIFS) and len(image) > 13:
        header = ImageHeader("GIF", _little(image[6:8]), _little(image[8:10]))
    elif image.startswith(b"RIFF") and image[8:12] == b"WEBP" and len(image) > 30:
        header = ImageHeader("WEBP", *_webp_size(image))
    elif image.startswith(_JPEG):
        header = ImageHeader("JPEG", *_jpeg_size(image))
    else:
        raise NotAnImage("This is no image of a kind that is read here.")
    if not header.pixels:
        raise NotAnImage("This image has no size.")
    return header


def _jpeg_size(image: bytes) -> tuple[int, int]:
    """Width and height from the first frame header."""
    if image.count(_SCAN) > _MOST_SCANS:
        raise NotAnImage("This JPEG is drawn in more passes than any picture needs.")
    place = 2
    while place + 9 < len(image) and image[place] == 0xFF:
        marker = image[place + 1]
        if marker == 0xFF or marker in _STANDALONE:
            place += 1 if marker == 0xFF else 2
            continue
        if marker in _BEFORE_FRAME:
            break
        if 0xC0 <= marker <= 0xCF and marker not in _NO_FRAMES:
            return _big(image[place + 7 : place + 9]), _big(image[place + 5 : place + 7])
        place += 2 + max(2, _big(image[place + 2 : place + 4]))
    raise NotAnImage("This JPEG does not say how large it is.")


def _webp_size(image: bytes) -> tuple[int, int]:
    """Width and height from the first chunk, which is one of three kinds."""
    kind = image[12:16]
    if kind == b"VP8X":
        return _little(image[24:27]) + 1, _little(image[27:30]) + 1
    if kind == b"VP8 " and image[23:26] == b"\x9d\x01\x2a":
        return _little(image[26:28]) & 0x3FFF, _little(image[28:30]) & 0x3FFF
    if kind == b"VP8L" and image[20] == 0x2F:
        bits = _little(image[21:25])
        return (bits & 0x3FFF) + 1, (bits >> 14 & 0x3FFF) + 1
    raise NotAnImage("This WebP does not say how large it is.")


def _big(digits: bytes) -> int:
    return int.from_bytes(digits, "big")


def _little(digits: bytes) -> int:
    return int.from_bytes(digits, "little")
