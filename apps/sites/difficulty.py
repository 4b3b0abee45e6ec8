"""EU Captcha's four difficulties, as a view of a site's level: the one place that maps between the two.

The levels 1 to 255 fall into four bands of equal width; the work doubles every 8 levels.
"""

from typing import Final

LEVELS: Final = range(1, 256)
DIFFICULTIES: Final = range(4)
_BAND: Final = 64  # levels


def difficulty_of(level: int) -> int:
    """The difficulty, 0 to 3, whose band a level is in."""
    return level // _BAND


def level_for(difficulty: int, current: int) -> int:
    """The level that a site at level `current` gets with a difficulty.

    A level that is in the difficulty's band already stays: reading a site and writing back what was read
    changes nothing. Any other becomes the band's middle: 32, 96, 160 or 224.
    """
    return current if difficulty_of(current) == difficulty else difficulty * _BAND + _BAND // 2
