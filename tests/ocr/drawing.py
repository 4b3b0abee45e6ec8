"""Images of printed text, as a client would send them, and files that only look like images."""

import io
import struct
import zlib
from typing import Any

from PIL import Image, ImageDraw, ImageFont

WORDS = ("harbour", "48213", "Gatehouse", "lantern", "90716", "window", "bridge", "55120", "Meadow", "railway")


def printed(text: str, format: str = "PNG", size: int = 30, **options: Any) -> bytes:
    """Dark text on white."""
    font = ImageFont.load_default(size=size)
    width = int(font.getlength(text)) + 40
    picture = Image.new("RGB", (width, size * 2), "white")
    ImageDraw.Draw(picture).text((20, size // 3), text, fill="black", font=font)
    return saved(picture, format, **options)


def saved(picture: Image.Image, format: str = "PNG", **options: Any) -> bytes:
    """The picture as a file."""
    file = io.BytesIO()
    picture.save(file, format, **options)
    return file.getvalue()


def blank(width: int = 300, height: int = 200, format: str = "PNG") -> bytes:
    """A picture without a text, of more than 100 bytes."""
    return saved(Image.new("RGB", (width, height), "white"), format)


def png_that_says(width: int, height: int, data: bytes) -> bytes:
    """A greyscale PNG that claims a size, whatever its data is."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def bomb() -> bytes:
    """400 MB of nothing in as many kilobytes, as a PNG of 20,000 × 20,000 pixels."""
    packer = zlib.compressobj(9)
    rows = [packer.compress(bytes(20_001 * 500)) for _ in range(40)]
    return png_that_says(20_000, 20_000, b"".join(rows) + packer.flush())


def hidden_bomb() -> bytes:
    """The same data in a PNG that says it has 100 × 100 pixels."""
    packer = zlib.compressobj(9)
    rows = [packer.compress(bytes(10_000_000)) for _ in range(40)]
    return png_that_says(100, 100, b"".join(rows) + packer.flush())


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
