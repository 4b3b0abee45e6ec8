"""Format and size from the first bytes alone."""

from typing import Any

import pytest
from PIL import Image

from apps.ocr.image_header import NotAnImage, read_header
from tests.ocr.drawing import bomb, png_that_says, saved

FORMS: dict[str, dict[str, Any]] = {
    "PNG": {},
    "GIF": {},
    "JPEG": {},
    "JPEG that is progressive": {"progressive": True},
    "JPEG with a comment": {"comment": b"x" * 5000},
    "WEBP": {"quality": 80},
    "WEBP without loss": {"lossless": True},
    "WEBP with metadata": {"exif": b"Exif\0\0II*\0\x08\0\0\0\0\0"},
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("size", [(301, 77), (1, 900), (4097, 3)])
def test_format_and_size_are_what_pillow_finds(form: str, size: tuple[int, int]) -> None:
    format = form.split()[0]
    header = read_header(saved(Image.effect_noise(size, 50).convert("RGB"), format, **FORMS[form]))

    assert (header.format, header.width, header.height) == (format, *size)


def test_a_jpeg_of_thousands_of_passes_is_none_however_few_pixels_it_has() -> None:
    whole = saved(Image.effect_noise((60, 40), 50), "JPEG", progressive=True)
    last = whole.rindex(b"\xff\xda")
    again = whole[last:-2]

    assert read_header(whole[:-2] + again * 50 + b"\xff\xd9").pixels == 2400
    with pytest.raises(NotAnImage, match="passes"):
        read_header(whole[:-2] + again * 100 + b"\xff\xd9")


def test_the_size_of_a_bomb_is_known_without_opening_it() -> None:
    assert read_header(bomb()).pixels == 400_000_000


@pytest.mark.parametrize(
    "noise",
    [
        b"",
        b"a text file that is named .png",
        b"\x89PNG\r\n\x1a\n",
        png_that_says(0, 100, b"x"),
        b"GIF89a",
        b"RIFF\0\0\0\0WEBPVP8?" + bytes(40),
        b"RIFF\0\0\0\0WAVEfmt " + bytes(40),
        b"\xff\xd8\xff\xe0\x00\x00" * 50,
        b"\xff\xd8" + b"\xff" * 500,
        b"\xff\xd8\xff\xda" + bytes(100),
        b"BM" + bytes(100),
        b"<svg xmlns='http://www.w3.org/2000/svg'/>" * 5,
    ],
)
def test_anything_else_is_no_image(noise: bytes) -> None:
    with pytest.raises(NotAnImage):
        read_header(noise)


@pytest.mark.parametrize("format", ["PNG", "GIF", "JPEG", "WEBP"])
def test_a_file_that_breaks_off_anywhere_is_an_image_or_none_and_nothing_else(format: str) -> None:
    whole = saved(Image.new("RGB", (120, 80), "white"), format)
    for length in range(min(len(whole), 700)):
        try:
            assert read_header(whole[:length]).pixels == 9600
        except NotAnImage:
            continue
