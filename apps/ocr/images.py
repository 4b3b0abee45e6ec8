"""Which images are taken, decided before anything decodes them."""

from typing import Final

from apps.ocr.engine import MOST_PIXELS
from apps.ocr.image_header import NotAnImage, read_header
from apps.permissions.refusals import Invalid

SMALLEST: Final = 100  # bytes
LARGEST: Final = 500_000  # bytes
MOST_IMAGES: Final = 20
FORMATS: Final = "PNG, JPEG, WebP or GIF"


class ImageRefused(Invalid):
    """An image that is not taken; `str` says why."""

    def __init__(self, why: str) -> None:
        super().__init__({"image": why})


class ImageTooSmall(ImageRefused):
    """It has fewer bytes than any image with a text."""


class ImageTooLarge(ImageRefused):
    """It has more bytes, or more pixels, than are taken."""


class ImageUnknown(ImageRefused):
    """It is no image of a kind that is taken, whatever its name says."""


def check_image(image: bytes) -> None:
    """Refuse what is no image, or too small or too large a one, by its length and its first bytes alone.

    Raises:
        ImageRefused: one of the three above.
    """
    if len(image) < SMALLEST:
        raise ImageTooSmall(f"The image has {len(image)} bytes. Send at least {SMALLEST}.")
    if len(image) > LARGEST:
        raise ImageTooLarge(f"The image has {len(image):,} bytes. Send at most {LARGEST:,}.")
    try:
        header = read_header(image)
    except NotAnImage as problem:
        raise ImageUnknown(f"{problem} Send a whole {FORMATS}.") from None
    if header.pixels > MOST_PIXELS:
        raise ImageTooLarge(
            f"The image has {header.width:,} × {header.height:,} pixels. Send at most {MOST_PIXELS:,} together."
        )
