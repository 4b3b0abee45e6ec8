"""Other contracts' difficulties, as views of a site's level: the one place that maps between them.

The work doubles every 8 levels. For EU Captcha's four difficulties the levels 1 to 255 fall into four bands of
equal width. One more of Prosopo's `powDifficulty` is one more zero digit of a hexadecimal hash, which is 16
times the work, or 32 levels; its usual 4 is the usual level 96.
"""

from typing import Final

LEVELS: Final = range(1, 256)
USUAL_LEVEL: Final = 96
LEVELS_PER_DOUBLING: Final = 8
DIFFICULTIES: Final = range(4)
BAND: Final = 64  # levels
POW_DIFFICULTIES: Final = range(1, 9)
DIGIT: Final = 32  # levels


def difficulty_of(level: int) -> int:
    """The difficulty, 0 to 3, whose band a level is in."""
    return level // BAND


def level_for(difficulty: int, current: int) -> int:
    """The level that a site at level `current` gets with a difficulty.

    A level that is in the difficulty's band already stays: reading a site and writing back what was read
    changes nothing. Any other becomes the band's middle: 32, 96, 160 or 224.
    """
    return current if difficulty_of(current) == difficulty else difficulty * BAND + BAND // 2


def pow_difficulty_of(level: int) -> int:
    """The `powDifficulty`, 1 to 8, whose level is nearest."""
    return min((level + DIGIT // 2) // DIGIT + 1, POW_DIFFICULTIES[-1])


def level_for_pow(pow_difficulty: int, current: int) -> int:
    """The level that a site at level `current` gets with a `powDifficulty`; one that has it already keeps its own."""
    if pow_difficulty_of(current) == pow_difficulty:
        return current
    return least_level_for_pow(pow_difficulty)


def least_level_for_pow(pow_difficulty: int) -> int:
    """The level that a `powDifficulty` stands for by itself."""
    return max((pow_difficulty - 1) * DIGIT, LEVELS[0])


def relative_work(level: int) -> float:
    """How many times the work of the usual level a level is."""
    return float(2 ** ((level - USUAL_LEVEL) / LEVELS_PER_DOUBLING))


def work_in_words(level: int) -> str:
    """The same, to two digits, as the end of “It is …”."""
    work = relative_work(level)
    if level == USUAL_LEVEL:
        return "the usual level"
    times, share = (work, "") if work > 1 else (1 / work, "1/")
    return (
        f"about {share}{float(f'{times:.2g}'):,g}{'' if share else ' times'} the work of the usual level {USUAL_LEVEL}"
    )
